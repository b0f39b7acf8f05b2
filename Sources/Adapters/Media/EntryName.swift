import MusterBase
import OSFamilies

/// Which names a medium may have. All of them come from outside.
package enum EntryName {
    /// Where Muster keeps what it knows about the medium.
    package static let reserved = ".muster"
    private static let longest = 1024
    private static let deepest = 40

    /// The path without `.` and slashes at its ends; nil for the top itself.
    ///
    /// - Throws: ``MusterError`` `malformed` for a name that leads out of the medium or cannot be told apart from another on
    ///   a screen, `exhausted` for one that is too long or too deep.
    package static func check(_ octets: [UInt8]) throws(MusterError) -> String? {
        let shown = printed(octets)
        guard let name = String(validating: octets, as: UTF8.self) else {
            throw MusterError(.malformed, "the medium has a name that is not UTF-8: \(shown)")
        }
        guard octets.allSatisfy({ $0 >= 0x20 && $0 != 0x7F }) else {
            throw MusterError(.malformed, "the medium has a name with a control character: \(shown)")
        }
        guard octets.first != UInt8(ascii: "/") else {
            throw MusterError(.malformed, "the medium has an absolute name: \(shown)")
        }
        let parts = name.split(separator: "/").filter { $0 != "." }
        guard !parts.contains("..") else {
            throw MusterError(.malformed, "the medium has a name that leads out of it: \(shown)")
        }
        guard octets.count <= longest, parts.count <= deepest, parts.allSatisfy({ $0.utf8.count <= 255 }) else {
            throw MusterError(
                .exhausted,
                "the medium has a name that is longer than \(longest) octets or deeper than \(deepest): \(shown)")
        }
        guard parts.first.map({ $0 != reserved }) ?? true else {
            throw MusterError(.malformed, "the medium has \(reserved), where Muster keeps what it knows about media")
        }
        return parts.isEmpty ? nil : parts.joined(separator: "/")
    }

    /// The beginning of a name, fit for a line of text.
    package static func printed(_ octets: [UInt8]) -> String {
        let scalars = String(decoding: octets.prefix(120), as: UTF8.self).unicodeScalars
        let text = scalars.map {
            $0.value < 0x20 || $0.value == 0x7F ? "\\u{\(String($0.value, radix: 16))}" : String($0)
        }
        return "'\(text.joined())\(octets.count > 120 ? "…" : "")'"
    }
}
