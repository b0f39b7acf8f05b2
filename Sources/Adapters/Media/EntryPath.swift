/// A path on a medium as the kernel tells it from others: by its octets. To Swift's text a slash with an accent behind it is no
/// slash, and a letter with an accent is the same in one scalar and in two.
package struct EntryPath: Sendable, Hashable, Comparable {
    package let octets: [UInt8]

    package static let slash = UInt8(ascii: "/")

    package init(_ text: String) { octets = Array(text.utf8) }

    package init(parts: [ArraySlice<UInt8>]) { octets = Array(parts.joined(separator: [Self.slash])) }

    package var text: String { String(decoding: octets, as: UTF8.self) }

    /// What is between the slashes.
    package var parts: [ArraySlice<UInt8>] { octets.split(separator: Self.slash) }

    package static func < (one: EntryPath, other: EntryPath) -> Bool {
        one.octets.lexicographicallyPrecedes(other.octets)
    }
}
