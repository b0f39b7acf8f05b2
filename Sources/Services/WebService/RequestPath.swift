import MusterBase

/// The path of a request's target, safe to be looked up below a directory.
package struct RequestPath: Sendable, Hashable {
    package enum Refusal: Error, Sendable, Hashable {
        /// Not a path, or written so as to be read in two ways: answered with 400.
        case malformed
        /// Names that are never shown, such as `.git`: answered as if they were not there.
        case hidden
    }

    /// Percent-decoded, with one slash at the start and none doubled: `/os/debian-12/boot.ipxe`.
    package let text: String
    /// True when the target ended in a slash, so that it can only mean a directory.
    package let isDirectory: Bool

    /// Below the root, without a slash at the start.
    package var relative: String { String(text.dropFirst()) }

    /// Reads the target of a request line (RFC 9112, section 3.2): a path or a whole `http://` address. The query is
    /// thrown away. Refused are NUL and other control characters, backslashes, `.` and `..`, encoded slashes and
    /// percent signs (which another reader would decode once more), and names that begin with a dot.
    package init(target: String) throws(Refusal) {
        var bytes = Array(target.utf8)[...]
        for scheme in ["http://", "https://"] where bytes.starts(with: scheme.utf8) {
            bytes = bytes.dropFirst(scheme.utf8.count).drop { $0 != UInt8(ascii: "/") }
        }
        bytes = bytes.prefix { $0 != UInt8(ascii: "?") }
        guard bytes.first == UInt8(ascii: "/"), bytes.count <= 4096 else { throw .malformed }
        let decoded = try RequestPath.decode(bytes)
        var segments: [Substring] = []
        guard let whole = String(validating: decoded, as: UTF8.self) else { throw .malformed }
        for segment in whole.split(separator: "/", omittingEmptySubsequences: true) {
            if segment == "." || segment == ".." { throw .malformed }
            if segment.utf8.first == UInt8(ascii: "."), !RequestPath.shownNames.contains(segment) { throw .hidden }
            if segment.utf8.count > 255 { throw .malformed }
            segments.append(segment)
        }
        text = "/" + segments.joined(separator: "/")
        isDirectory = segments.isEmpty || decoded.last == UInt8(ascii: "/")
    }

    /// What installers ask for on their media.
    private static let shownNames: Set<Substring> = [".treeinfo", ".discinfo", ".disk", ".buildstamp"]

    private static func decode(_ bytes: ArraySlice<UInt8>) throws(Refusal) -> [UInt8] {
        var decoded: [UInt8] = []
        decoded.reserveCapacity(bytes.count)
        var index = bytes.startIndex
        while index < bytes.endIndex {
            var byte = bytes[index]
            if byte == UInt8(ascii: "%") {
                guard index + 2 < bytes.endIndex, let high = hexDigitValue(bytes[index + 1]),
                    let low = hexDigitValue(bytes[index + 2])
                else { throw .malformed }
                byte = high << 4 | low
                guard byte != UInt8(ascii: "/"), byte != UInt8(ascii: "%") else { throw .malformed }
                index += 2
            }
            guard byte >= 0x20, byte != 0x7F, byte != UInt8(ascii: "\\") else { throw .malformed }
            decoded.append(byte)
            index += 1
        }
        return decoded
    }
}
