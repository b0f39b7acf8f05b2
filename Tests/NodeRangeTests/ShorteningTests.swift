import NodeRange
import TestSupport
import Testing

@Suite("a set printed short")
struct ShorteningTests {
    @Test(
        "neighbouring numbers fold",
        arguments: [
            ("n1", "n1"), ("n1,n2,n3,n7", "n[1-3,7]"), ("r[1-4]u[1-42]", "r[1-4]u[1-42]"), ("a,b,c", "a,b,c"),
            ("n[08-11]", "n[08-11]"), ("n[8-11]", "n[8-11]"), ("n[1-3],m[1-2],login", "login,m[1-2],n[1-3]"),
            ("n[1-3]-ib0", "n[1-3]-ib0"), ("r[1-2]u[1-3],r3u[1-2]", "r[1-2]u[1-3],r3u[1-2]"),
            ("n9,n10,n11", "n[9-11]"), ("n[1,01]", "n[1,01]"), ("n1,n3", "n[1,3]"),
            ("n12345678901234567890", "n12345678901234567890"),
        ])
    func folding(text: String, short: String) throws { #expect(try NodeRange(text).expand().shortened == short) }

    @Test("the empty set is the empty text")
    func empty() { #expect(NodeSet().shortened == "") }

    @Test(
        "a name that could be read as a range comes back as the one name",
        arguments: ["a-1-a-2", "n1-n3", "1-1", "2-1"])
    func deceptiveName(name: String) throws {
        let set = NodeSet([name])
        #expect(set.shortened != name)
        #expect(try NodeRange(set.shortened).expand() == set)
    }

    @Test("expand after shorten is the identity", arguments: 0..<40 as Range<UInt64>)
    func identity(seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed)
        for _ in 0..<50 {
            let set = randomSet(&generator)
            let short = set.shortened
            if set.isEmpty { continue }
            #expect(try NodeRange(short).expand() == set, "seed \(seed): \(short)")
        }
    }

    @Test("a full product folds to one term, whatever its sizes", arguments: 0..<20 as Range<UInt64>)
    func products(seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed)
        let counts = (0..<3).map { _ in Int.random(in: 2...9, using: &generator) }
        let text = "a[1-\(counts[0])]b[01-0\(counts[1])]c[10-\(10 + counts[2])]"
        #expect(try NodeRange(text).expand().shortened == text)
    }

    /// Names of a few shapes, with padding, hyphens and long numbers among them.
    private func randomSet(_ generator: inout SeededGenerator) -> NodeSet {
        let words = ["n", "r", "u", "-", "node-", ".", "a", "_", "-a-", ""]
        let shapes = (0..<Int.random(in: 1...3, using: &generator)).map { _ in
            (0..<Int.random(in: 1...3, using: &generator)).map { _ in words.randomElement(using: &generator) ?? "n" }
        }
        var names: [String] = []
        for _ in 0..<Int.random(in: 0...60, using: &generator) {
            guard let shape = shapes.randomElement(using: &generator) else { continue }
            var name = "x"
            for word in shape { name += word + number(&generator) }
            names.append(name)
        }
        return NodeSet(names)
    }

    private func number(_ generator: inout SeededGenerator) -> String {
        switch Int.random(in: 0..<12, using: &generator) {
        case 0: return ""
        case 1: return "00\(Int.random(in: 0...12, using: &generator))"
        case 2, 3: return "0\(Int.random(in: 0...12, using: &generator))"
        case 4: return "99999999999999999\(Int.random(in: 7...11, using: &generator))"
        default: return "\(Int.random(in: 0...14, using: &generator))"
        }
    }
}
