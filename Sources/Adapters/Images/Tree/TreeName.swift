/// A path in a tree, or one name of it: the same only as one of the same octets, as Linux has it. To `String` the two
/// ways to write `é` are one, and a slash before a combining character is no slash.
struct TreeName: Sendable {
    let text: String

    init(_ text: some StringProtocol) {
        var text = String(text)
        text.makeContiguousUTF8()
        self.text = text
    }

    /// The names on a path; empty ones are left out.
    static func names(on path: String) -> [TreeName] {
        path.utf8.split(separator: UInt8(ascii: "/")).map { TreeName(Substring($0)) }
    }

    func hasPrefix(_ prefix: String) -> Bool { text.utf8.starts(with: prefix.utf8) }

    /// What is behind a prefix that it has.
    func dropping(_ prefix: String) -> TreeName { TreeName(Substring(text.utf8.dropFirst(prefix.utf8.count))) }
}

extension TreeName: Hashable, Comparable {
    static func == (one: TreeName, other: TreeName) -> Bool { one.text.utf8.elementsEqual(other.text.utf8) }

    static func < (one: TreeName, other: TreeName) -> Bool {
        one.text.utf8.lexicographicallyPrecedes(other.text.utf8)
    }

    func hash(into hasher: inout Hasher) {
        hasher.combine(text.utf8.count)
        _ = text.utf8.withContiguousStorageIfAvailable { hasher.combine(bytes: UnsafeRawBufferPointer($0)) }
    }
}
