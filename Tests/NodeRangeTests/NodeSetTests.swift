import NodeRange
import TestSupport
import Testing

@Suite("sets of names")
struct NodeSetTests {
    @Test("numbers in names count as numbers")
    func naturalOrder() {
        #expect(NodeSet(["n10", "n9", "n1", "n01", "a", "n"]).names == ["a", "n", "n01", "n1", "n9", "n10"])
        #expect(naturallyPrecedes("n2", "n10"))
        #expect(!naturallyPrecedes("n10", "n10"))
        #expect(naturallyPrecedes("r2u40", "r10u1"))
        #expect(naturallyPrecedes("n99999999999999999999998", "n99999999999999999999999"))
    }

    @Test("natural order is a strict total order", arguments: 0..<10 as Range<UInt64>)
    func totalOrder(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        let names = (0..<40).map { _ in
            String(
                (0..<Int.random(in: 0...6, using: &generator)).map { _ in
                    "001aA-.".randomElement(using: &generator) ?? "0"
                })
        }
        for left in names {
            for right in names {
                #expect((left == right) == (!naturallyPrecedes(left, right) && !naturallyPrecedes(right, left)))
                for third in names where naturallyPrecedes(left, right) && naturallyPrecedes(right, third) {
                    #expect(naturallyPrecedes(left, third), "\(left) \(right) \(third)")
                }
            }
        }
    }

    @Test("operations give what Set gives", arguments: 0..<50 as Range<UInt64>)
    func operations(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        let sizes = [0, 1, 3, 40, 400]
        let sets = (0..<2).map { _ in
            Set(
                (0..<(sizes.randomElement(using: &generator) ?? 1)).map { _ in
                    "n\(Int.random(in: 0...300, using: &generator))"
                })
        }
        let left = NodeSet(sets[0])
        let right = NodeSet(sets[1])
        #expect(left.union(right) == NodeSet(sets[0].union(sets[1])))
        #expect(left.subtracting(right) == NodeSet(sets[0].subtracting(sets[1])))
        #expect(left.intersection(right) == NodeSet(sets[0].intersection(sets[1])))
        for name in sets[0] { #expect(left.contains(name)) }
        for name in sets[1].subtracting(sets[0]) { #expect(!left.contains(name)) }
    }
}
