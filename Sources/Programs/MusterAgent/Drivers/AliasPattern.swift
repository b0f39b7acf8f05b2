/// A pattern of modules.alias, matched with the modalias that the kernel gives a device: `*`, `?`, `[a-f]`.
public struct AliasPattern: Sendable, Hashable {
    private let pattern: [UInt8]
    /// Octets before the first that is special: most patterns are ruled out by these alone.
    private let literal: Int

    public init(_ text: some StringProtocol) {
        pattern = Array(text.utf8)
        literal = pattern.firstIndex { "*?[".utf8.contains($0) } ?? pattern.count
    }

    /// What stands before the first colon: `pci`, `usb`, `virtio`.
    public var bus: ArraySlice<UInt8> { pattern.prefix { $0 != UInt8(ascii: ":") } }

    public func matches(_ text: [UInt8]) -> Bool {
        guard text.count >= literal else { return false }
        for index in 0..<literal where text[index] != pattern[index] { return false }
        return matchRest(text)
    }

    public func matches(_ text: some StringProtocol) -> Bool { matches(Array(text.utf8)) }

    /// Goes through both; behind a `*` that turns out to have taken too little, it begins again one octet further.
    private func matchRest(_ text: [UInt8]) -> Bool {
        var (at, place) = (literal, literal)
        var star: (at: Int, place: Int)?
        while place < text.count {
            if at < pattern.count, pattern[at] == UInt8(ascii: "*") {
                star = (at + 1, place)
                at += 1
            } else if let next = step(at, text[place]) {
                at = next
                place += 1
            } else if let back = star {
                at = back.at
                place = back.place + 1
                star = (at, place)
            } else {
                return false
            }
        }
        return pattern[at...].allSatisfy { $0 == UInt8(ascii: "*") }
    }

    /// The place in the pattern behind what matches this octet; nil when it does not match.
    private func step(_ at: Int, _ octet: UInt8) -> Int? {
        guard at < pattern.count else { return nil }
        switch pattern[at] {
        case UInt8(ascii: "?"): return at + 1
        case UInt8(ascii: "["):
            guard let close = pattern[at...].firstIndex(of: UInt8(ascii: "]")) else { return nil }
            return isInSet(pattern[(at + 1)..<close], octet) ? close + 1 : nil
        default: return pattern[at] == octet ? at + 1 : nil
        }
    }

    private func isInSet(_ set: ArraySlice<UInt8>, _ octet: UInt8) -> Bool {
        var index = set.startIndex
        while index < set.endIndex {
            if index + 2 < set.endIndex, set[index + 1] == UInt8(ascii: "-") {
                if (set[index]...max(set[index], set[index + 2])).contains(octet) { return true }
                index += 3
            } else {
                if set[index] == octet { return true }
                index += 1
            }
        }
        return false
    }
}
