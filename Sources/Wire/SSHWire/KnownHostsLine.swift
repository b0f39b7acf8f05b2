import MusterBase

/// A line of a `known_hosts` file (sshd(8), SSH_KNOWN_HOSTS FILE FORMAT).
public struct KnownHostsLine: Sendable, Hashable {
    public enum Marker: String, Sendable, Hashable {
        /// The key is of an authority: trust hosts that it certified.
        case certificateAuthority = "@cert-authority"
        case revoked = "@revoked"
    }

    public let marker: Marker?
    /// Names of hosts, with `*` and `?`, and `!` in front for "not".
    public let patterns: [String]
    public let key: SSHPublicKey
    public let comment: String

    /// Throws `invalidInput` if there is no pattern or one cannot stand in the file.
    public init(marker: Marker?, patterns: [String], key: SSHPublicKey, comment: String = "") throws(MusterError) {
        let isClean = { (text: String) in text.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F && $0 != UInt8(ascii: ",") } }
        guard let first = patterns.first, patterns.allSatisfy({ !$0.isEmpty && isClean($0) }),
            !first.hasPrefix("@"), !first.hasPrefix("#")
        else { throw MusterError(.invalidInput, "'\(patterns.joined(separator: " "))' cannot stand in known_hosts") }
        guard !comment.contains(where: \.isNewline) else {
            throw MusterError(.invalidInput, "a comment in known_hosts is one line")
        }
        self.marker = marker
        self.patterns = patterns
        self.key = key
        self.comment = comment
    }

    /// Reads one line that is neither empty nor a comment. Throws `invalidInput`.
    public init(_ line: some StringProtocol) throws(MusterError) {
        var rest = line.drop(while: \.isWhitespace)
        func word() -> String {
            let word = rest.prefix { !$0.isWhitespace }
            rest = rest[word.endIndex...].drop(while: \.isWhitespace)
            return String(word)
        }
        var first = word()
        var marker: Marker?
        if first.hasPrefix("@") {
            guard let known = Marker(rawValue: first) else {
                throw MusterError(.invalidInput, "the marker '\(first)' of known_hosts is not known")
            }
            marker = known
            first = word()
        }
        let keyLine = try SSHPublicKeyLine(rest)
        let patterns = first.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
        try self.init(marker: marker, patterns: patterns, key: keyLine.key, comment: keyLine.comment)
    }

    /// The line, without newline.
    public var text: String {
        let marked = marker.map { $0.rawValue + " " } ?? ""
        return "\(marked)\(patterns.joined(separator: ",")) \(key.line(comment: comment))"
    }
}
