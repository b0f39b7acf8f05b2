import MusterBase
import NodeRange
import TestSupport
import Testing

@Suite("regular expressions")
struct TextMatcherTests {
    private func matches(_ expression: String, _ text: String) throws -> Bool {
        var matcher = try TextMatcher(expression)
        return matcher.hasMatch(in: text)
    }

    @Test(
        "what is documented means what it says",
        arguments: [
            ("n1", "xn12", true), ("^n1$", "n12", false), ("^n1$", "n1", true), ("n.2", "n12", true),
            ("a.b", "a\nb", false), ("a|b|", "", true), ("^(a|bc)+$", "abca", true), ("^(a|bc)+$", "abc a", false),
            ("^a{2}$", "aa", true), ("^a{2}$", "aaa", false), ("^a{2,}$", "aaaa", true), ("^a{,2}$", "aaa", false),
            ("^(?:ab){1,2}$", "abab", true), ("^a*?b$", "aab", true), ("[a-c-]", "-", true), ("[^a-c]", "abc", false),
            ("[\\d_]", "a_", true), ("^[^\\D]+$", "123", true), ("^[^\\D]+$", "1ö", false), ("[\\]\\\\]", "]", true),
            ("\\.", "a", false), ("\\.", "a.", true), ("\\bgpu\\b", "c-gpu", true), ("\\bgpu\\b", "cgpu", false),
            ("\\Bpu", "gpu", true), ("^ö$", "ö", true), ("^[à-ü]$", "ö", true), ("[^a]", "ö", true),
            ("(^a|b$)", "xb", true), ("()*", "x", true), ("(a*)*b", "aac", false), ("\\w\\s\\t?\\S", "a b", true),
            ("a}", "a}", true), ("", "", true), ("$^", "", true), ("$^", "a", false),
        ])
    func meaning(expression: String, text: String, expected: Bool) throws {
        #expect(try matches(expression, text) == expected)
    }

    @Test(
        "what is not known is an error at its octet",
        arguments: [
            ("n(", 1, "the ')' to this '(' is missing"), ("n)", 1, "no '(' before"), ("*a", 0, "nothing before '*'"),
            ("a|+", 2, "nothing before '+'"), ("^*", 1, "nothing here"), ("a**", 2, "cannot follow"),
            ("a*+", 2, "cannot follow"), ("a{2}{3}", 4, "cannot follow"), ("a{x}", 2, "\\{"), ("a{,}", 3, "\\{"),
            ("a{2", 3, "\\{"), ("a{3,2}", 1, "smaller number"), ("a{1001}", 2, "at most 1000"),
            ("a{99999999999999999999}", 2, "at most 1000"), ("(?=a)", 0, "(?:"), ("(?i)a", 0, "(?:"),
            ("(a)\\1", 3, "'\\1' is not known"), ("\\p{L}", 0, "'\\p' is not known"), ("a\\", 1, "must follow"),
            ("[", 0, "']' to this '['"), ("[]", 0, "empty"), ("[^]", 0, "empty"), ("[z-a]", 1, "backwards"),
            ("[[:alpha:]]", 1, "written \\["), ("[a-\\d]", 1, "cannot end"), ("ö\\q", 2, "'\\q'"),
            ("a{600}b{600}", 0, "too much"), ("(){1000}", 0, "too much"), ("((a{1000}){1000}){1000}", 0, "too much"),
            ("(((((((){1000}){1000}){1000}){1000}){1000}){1000}){1000}", 0, "too much"),
        ])
    func errors(expression: String, offset: Int, text: String) {
        let problem = #expect(throws: RegexProblem.self) { try TextMatcher(expression) }
        #expect(problem?.offset == offset)
        #expect(problem?.text.contains(text) == true, "\(problem?.text ?? "")")
    }

    @Test("the column of the error is that of the noderange, also within quotes")
    func columns() {
        for (text, column) in [("n1,~n(", 6), ("~'ö('", 4), ("a=~x\\q", 5)] {
            let error = #expect(throws: MusterError.self) { try NodeRange(text) }
            #expect(error?.message.contains("column \(column): ") == true, "\(error?.message ?? "")")
        }
    }

    @Test(
        "the steps grow with program times text, however the expression is nested",
        arguments: [
            "^(n+)+x$", "(n|n)*z", "(.*)*(.*)*z", "((n?)*)*z", "(n*n*)*z", "n{1,200}z", "(n?){200}n{200}z", "(|n)*z",
        ])
    func linear(expression: String) throws {
        for length in [16, 256, 4096] {
            var matcher = try TextMatcher(expression)
            let found = matcher.hasMatch(in: String(repeating: "n", count: length))
            #expect(!found)
            #expect(matcher.steps <= matcher.programSize * (length + 1))
        }
    }

    @Test("a search that takes too much work in all is refused")
    func boundedWork() {
        var site = SmallSite()
        site.attributes["info.note"] = ["n1": [String(repeating: "n", count: 100_000)], "n2": ["n"], "n3": ["n"]]
        let error = #expect(throws: MusterError.self) {
            try NodeRange("info.note=~'(n?){200}z'").expand(with: site, limit: 1000)
        }
        #expect(error?.message.contains("too much work") == true, "\(error?.message ?? "")")
    }

    @Test("a search ends when its task is cancelled")
    func cancelled() async {
        var site = SmallSite()
        site.attributes["info.note"] = ["n1": [String(repeating: "n", count: 100_000)]]
        let gate = AsyncStream<Void>.makeStream()
        let search = Task { [site] in
            for await _ in gate.stream {}
            return try NodeRange("info.note=~'(n?){20}z'").expand(with: site)
        }
        search.cancel()
        gate.continuation.finish()
        let result = await search.result
        #expect(throws: MusterError.self) { try result.get() }
    }

    @Test("random expressions find what their meaning says", arguments: 0..<10 as Range<UInt64>)
    func oracle(seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed)
        for _ in 0..<1_000 {
            let meaning = Meaning.random(&generator, depth: 4)
            guard var matcher = try? TextMatcher(meaning.text) else { continue }
            for _ in 0..<6 {
                let count = Int.random(in: 0...7, using: &generator)
                let text = (0..<count).map { _ in ["a", "b", "-"].randomElement(using: &generator) ?? "a" }
                let expected = (0...count).contains { !meaning.ends(from: $0, in: text).isEmpty }
                let found = matcher.hasMatch(in: text.joined())
                #expect(found == expected, "\(meaning.text) on '\(text.joined())'")
            }
        }
    }
}

/// A regular expression by what it means: from a place, the places at which a match can end.
private indirect enum Meaning {
    case letter(String)
    case any
    case not(String)
    case start
    case end
    case pair(Meaning, Meaning)
    case either(Meaning, Meaning)
    case times(Meaning, Int, Int?)

    static func random(_ generator: inout SeededGenerator, depth: Int) -> Meaning {
        let letter = ["a", "b"].randomElement(using: &generator) ?? "a"
        switch Int.random(in: 0..<(depth > 0 ? 12 : 5), using: &generator) {
        case 0, 1: return .letter(letter)
        case 2: return .any
        case 3: return .not(letter)
        case 4: return Bool.random(using: &generator) ? .start : .end
        case 5...7: return .pair(random(&generator, depth: depth - 1), random(&generator, depth: depth - 1))
        case 8, 9: return .either(random(&generator, depth: depth - 1), random(&generator, depth: depth - 1))
        default:
            let minimum = Int.random(in: 0...2, using: &generator)
            let maximum = Bool.random(using: &generator) ? nil : minimum + Int.random(in: 0...2, using: &generator)
            return .times(random(&generator, depth: depth - 1), minimum, maximum)
        }
    }

    var text: String {
        switch self {
        case .letter(let letter): letter
        case .any: "."
        case .not(let letter): "[^\(letter)]"
        case .start: "^"
        case .end: "$"
        case .pair(let first, let second): "(\(first.text))(\(second.text))"
        case .either(let first, let second): "(?:\(first.text)|\(second.text))"
        case .times(let content, 0, nil): "(\(content.text))*"
        case .times(let content, 1, nil): "(\(content.text))+"
        case .times(let content, 0, 1): "(\(content.text))?"
        case .times(let content, let minimum, let maximum):
            "(\(content.text)){\(minimum),\(maximum.map(String.init) ?? "")}"
        }
    }

    func ends(from place: Int, in text: [String]) -> Set<Int> {
        func one(_ holds: (String) -> Bool) -> Set<Int> {
            place < text.count && holds(text[place]) ? [place + 1] : []
        }
        switch self {
        case .letter(let letter): return one { $0 == letter }
        case .any: return one { _ in true }
        case .not(let letter): return one { $0 != letter }
        case .start: return place == 0 ? [0] : []
        case .end: return place == text.count ? [place] : []
        case .pair(let first, let second):
            return first.ends(from: place, in: text).reduce(into: []) { $0.formUnion(second.ends(from: $1, in: text)) }
        case .either(let first, let second):
            return first.ends(from: place, in: text).union(second.ends(from: place, in: text))
        case .times(let content, let minimum, let maximum):
            var current: Set<Int> = [place]
            var result: Set<Int> = minimum == 0 ? current : []
            // More rounds than the text has places find nothing new.
            for round in 1...max(1, min(maximum ?? .max, minimum + text.count + 1)) where maximum != 0 {
                current = current.reduce(into: []) { $0.formUnion(content.ends(from: $1, in: text)) }
                if round >= minimum { result.formUnion(current) }
            }
            return result
        }
    }
}
