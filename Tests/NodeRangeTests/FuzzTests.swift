import NodeRange
import TestSupport
import Testing

@Suite("noderange on arbitrary input")
struct FuzzTests {
    private static let seeds = [
        "n1-n40", "n1:n40", "n[1-3,7]", "n[1-20:2]", "r[1-2]u[01-12]", "~n.*5", "location.rack=7", "a!=b", "a=~^x",
        "a!~x",
        "n1,n2", "n1,-n2", "compute@rack1", "(n1,n2)@n1", "n[1-9]>3<2", "compute-gpu", "r1u1-r4u42", "~(a|b)[c-d]{1,3}",
        "a='b c'", "\"", "ö", "[", "]", "\u{0}", "99999999999999999999", "\\", "*+?^$",
    ]

    @Test("random and mutated text gives a set or an error, never a trap", arguments: 0..<20 as Range<UInt64>)
    func neverTraps(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        let site = SmallSite()
        for round in 0..<5_000 {
            let text = round % 2 == 0 ? randomText(&generator) : mutated(&generator)
            guard let range = try? NodeRange(text) else { continue }
            _ = try? range.expand(with: site, limit: 1000)
            guard let set = try? range.expand(limit: 1000), !set.isEmpty else { continue }
            #expect((try? NodeRange(set.shortened).expand()) == set, "\(text) -> \(set.shortened)")
        }
    }

    private func randomText(_ generator: inout SeededGenerator) -> String {
        let alphabet = Array("nr1290-:[],-@()<>~=!.*'\" \\ö\0".unicodeScalars)
        let count = Int.random(in: 0...24, using: &generator)
        let scalars = (0..<count).map { _ in alphabet.randomElement(using: &generator) ?? "n" }
        return String(String.UnicodeScalarView(scalars))
    }

    private func mutated(_ generator: inout SeededGenerator) -> String {
        var bytes: [UInt8] = []
        for _ in 0..<Int.random(in: 1...3, using: &generator) {
            bytes += Array((FuzzTests.seeds.randomElement(using: &generator) ?? "n").utf8)
            if Bool.random(using: &generator) { bytes += [UInt8(ascii: ",")] }
        }
        for _ in 0..<Int.random(in: 0...3, using: &generator) where !bytes.isEmpty {
            let place = Int.random(in: 0..<bytes.count, using: &generator)
            switch Int.random(in: 0..<3, using: &generator) {
            case 0: bytes[place] = UInt8.random(in: 0...255, using: &generator)
            case 1: bytes.remove(at: place)
            default: bytes.insert(bytes[Int.random(in: 0..<bytes.count, using: &generator)], at: place)
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}
