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
        guard String(validating: octets, as: UTF8.self) != nil else {
            throw MusterError(.malformed, "the medium has a name that is not UTF-8: \(shown)")
        }
        guard octets.allSatisfy({ $0 >= 0x20 && $0 != 0x7F }) else {
            throw MusterError(.malformed, "the medium has a name with a control character: \(shown)")
        }
        guard octets.first != EntryPath.slash else {
            throw MusterError(.malformed, "the medium has an absolute name: \(shown)")
        }
        // Octets, not text: what the kernel takes for a slash is one, whatever stands behind it.
        let parts = octets.split(separator: EntryPath.slash).filter { !$0.elementsEqual(".".utf8) }
        guard !parts.contains(where: { $0.elementsEqual("..".utf8) }) else {
            throw MusterError(.malformed, "the medium has a name that leads out of it: \(shown)")
        }
        guard octets.count <= longest, parts.count <= deepest, parts.allSatisfy({ $0.count <= 255 }) else {
            throw MusterError(
                .exhausted,
                "the medium has a name that is longer than \(longest) octets or deeper than \(deepest): \(shown)")
        }
        guard parts.first.map({ !$0.elementsEqual(reserved.utf8) }) ?? true else {
            throw MusterError(.malformed, "the medium has \(reserved), where Muster keeps what it knows about media")
        }
        return parts.isEmpty ? nil : EntryPath(parts: parts).text
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
