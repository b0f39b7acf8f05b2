import MusterBase

/// The rules for names of nodes and groups.
public enum EntityName {
    /// The group that every node is in, and that lends its attributes last.
    public static let everything = "everything"

    /// The longest name of a node: what Linux takes as a host name (HOST_NAME_MAX).
    public static let longestNode = 64

    /// Checks a node's name: labels of lower-case letters, digits and hyphens (RFC 1123, section 2.1), at most 63
    /// octets each, separated by dots; at most 64 octets in all. Upper case is refused, because names are the same in
    /// DNS whatever their case; so is what reads as an IPv4 address.
    public static func checkNode(_ name: String) throws(MusterError) {
        guard let problem = nodeProblem(name) else { return }
        throw MusterError(
            .invalidInput, "'\(name.prefix(80))' cannot be the name of a node: \(problem)",
            advice: "allowed are lower-case letters, digits, '-' within, and dots between labels")
    }

    private static func nodeProblem(_ name: String) -> String? {
        let bytes = name.utf8
        if bytes.isEmpty { return "it is empty" }
        if name == everything { return "all nodes together are called that" }
        if bytes.count > longestNode { return "it has more than \(longestNode) characters" }
        if bytes.contains(where: { $0 >= UInt8(ascii: "A") && $0 <= UInt8(ascii: "Z") }) {
            return "it has upper-case letters; write '\(name.lowercased())'"
        }
        for label in bytes.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false) {
            if label.isEmpty { return "a dot must stand between two labels" }
            if label.count > 63 { return "a label has more than 63 characters" }
            guard label.allSatisfy({ isLetterOrDigit($0) || $0 == UInt8(ascii: "-") }) else {
                return "it has characters that are not allowed"
            }
            if label.first == UInt8(ascii: "-") || label.last == UInt8(ascii: "-") {
                return "a label cannot begin or end with '-'"
            }
        }
        return IPv4Address(name) == nil ? nil : "it reads as an IPv4 address"
    }

    /// Checks a group's name: letters, digits, `-`, `_` and `.`, at most 64, with a letter or digit at each end.
    public static func checkGroup(_ name: String) throws(MusterError) {
        let bytes = name.utf8
        let inner: [UInt8] = [UInt8(ascii: "-"), UInt8(ascii: "_"), UInt8(ascii: ".")]
        guard let first = bytes.first, let last = bytes.last, isLetterOrDigit(first), isLetterOrDigit(last),
            bytes.count <= longestNode, bytes.allSatisfy({ isLetterOrDigit($0) || inner.contains($0) })
        else {
            throw MusterError(
                .invalidInput, "'\(name.prefix(80))' cannot be the name of a group",
                advice: "allowed are at most \(longestNode) letters and digits, with '-', '_' and '.' within")
        }
    }
}
