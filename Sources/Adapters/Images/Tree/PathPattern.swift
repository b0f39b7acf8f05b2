/// A pattern for paths in a tree. `*` stands for any run of characters within one component; `/**` at the end stands for
/// all that is below a directory, the directory itself not counted.
struct PathPattern: Sendable {
    private let components: [[UInt8]]
    private let isWholeSubtree: Bool

    init(_ text: String) {
        var parts = text.split(separator: "/").map { Array($0.utf8) }
        isWholeSubtree = parts.last == Array("**".utf8)
        if isWholeSubtree { parts.removeLast() }
        components = parts
    }

    func matches(_ path: [ArraySlice<UInt8>]) -> Bool {
        guard isWholeSubtree ? path.count > components.count : path.count == components.count else { return false }
        return zip(components, path).allSatisfy { PathPattern.matches($0[...], $1) }
    }

    /// One component; the usual way back to the last `*` keeps it linear but for the text after it.
    private static func matches(_ pattern: ArraySlice<UInt8>, _ text: ArraySlice<UInt8>) -> Bool {
        let star = UInt8(ascii: "*")
        var (pattern, text) = (pattern, text)
        var retry: (pattern: ArraySlice<UInt8>, text: ArraySlice<UInt8>)?
        while true {
            if pattern.first == star {
                pattern = pattern.dropFirst()
                retry = (pattern, text)
            } else if let byte = text.first, byte == pattern.first {
                (pattern, text) = (pattern.dropFirst(), text.dropFirst())
            } else if text.isEmpty, pattern.isEmpty {
                return true
            } else if let place = retry, !place.text.isEmpty {
                text = place.text.dropFirst()
                pattern = place.pattern
                retry = (pattern, text)
            } else {
                return false
            }
        }
    }
}
