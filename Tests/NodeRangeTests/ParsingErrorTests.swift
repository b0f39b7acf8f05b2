import MusterBase
import NodeRange
import Testing

@Suite("noderange that cannot be read")
struct ParsingErrorTests {
    @Test(
        "an error names the column and what is allowed",
        arguments: [
            ("n[1-", 2, "']' is missing"), ("n[1-3", 2, "']' is missing"), ("n[]", 3, "a number is expected"),
            ("n[1-a]", 5, "a number is expected"), ("n[1;3]", 4, "- : , ] is expected"),
            ("n[5-1]", 3, "runs backwards"), ("n1,n40-n2", 4, "runs backwards"), ("n[1-9:0]", 3, "step must be"),
            ("n[1-010]", 3, "leading zeros"), ("n[1234567890123456789]", 3, "at most 18 digits"),
            ("n1,", 4, "a name, a group"), ("n1,,n2", 4, "a name, a group"), ("n1@", 4, "a name, a group"),
            ("(n1", 1, "')' is missing"), ("n1)", 3, "without a '('"), ("n1 n2", 4, "is not allowed here"),
            ("-n1", 1, "everything,-n1"), ("n1>", 4, "a number of nodes"), ("n1>x", 4, "a number of nodes"),
            ("n1<99999999999999999999", 4, "too large"), ("~", 2, "a regular expression is expected"),
            ("n1,~n(", 6, "is not a regular expression"), ("a[1]=3", 1, "brackets"), ("a!3", 2, "'=' or '~'"),
            ("a='x", 3, "closing quote"), ("a=x'y", 4, "quotes"), ("nö1", 2, "is not allowed here"),
            ("öö,n[", 1, "is not allowed here"), ("a:b", 1, "is not a range"), ("n1,n1:n[2-3]", 4, "cannot be mixed"),
            ("n1,n[5-2]", 6, "the range 5-2 runs backwards: the smaller number comes first"),
        ])
    func places(text: String, column: Int, problem: String) {
        let error = #expect(throws: MusterError.self) { try pure(text) }
        #expect(error?.code == .invalidInput)
        #expect(error?.message.contains("column \(column): ") == true, "\(error?.message ?? "")")
        #expect(error?.message.contains(problem) == true, "\(error?.message ?? "")")
    }

    @Test("an empty text is refused", arguments: ["", "   "])
    func empty(text: String) { #expect(throws: MusterError.self) { try NodeRange(text) } }

    @Test("the column counts characters, not octets")
    func columnOfCharacters() {
        let error = #expect(throws: MusterError.self) { try NodeRange("a='öö',n[") }
        #expect(error?.message.contains("column 9: ") == true, "\(error?.message ?? "")")
    }

    @Test("nesting, names and regular expressions are bounded")
    func bounds() {
        let deep = String(repeating: "(", count: 100_000)
        #expect(throws: MusterError.self) { try NodeRange(deep) }
        #expect(throws: MusterError.self) { try NodeRange(String(repeating: "n", count: 256)) }
        #expect(throws: MusterError.self) { try NodeRange("~" + String(repeating: "n", count: 257)) }
    }

    @Test("the message of a long text shows the part around the place, on one line")
    func excerpt() {
        let text = String(repeating: "n1,", count: 50_000) + "n[\n" + String(repeating: ",n1", count: 50_000)
        let error = #expect(throws: MusterError.self) { try NodeRange(text) }
        #expect((error?.message.count ?? .max) < 300)
        #expect(error?.message.contains("\n") == false)
        #expect(error?.message.contains("column 150003: ") == true, "\(error?.message ?? "")")
    }
}
