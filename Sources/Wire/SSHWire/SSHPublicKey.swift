import MusterBase

/// A public key as SSH writes it (RFC 4253, section 6.6), checked for its form, not for its mathematics.
public struct SSHPublicKey: Sendable, Hashable {
    public let type: SSHKeyType
    /// The fields behind the type's name, as on the wire.
    let fields: [UInt8]

    /// From the 32 octets of an Ed25519 key. Throws `malformed` for another size.
    public init(ed25519 octets: [UInt8]) throws(MusterError) {
        guard octets.count == 32 else {
            throw MusterError(.malformed, "an Ed25519 public key has 32 octets, not \(octets.count)")
        }
        type = .ed25519
        fields = sshOctets { $0.writeSSHString(octets) }
    }

    /// From the wire form. Throws `malformed`, and `unsupported` for a type that is not known.
    public init(wire: [UInt8]) throws(MusterError) {
        var reader = ByteReader(wire, of: "SSH public key")
        let name = try reader.readSSHText("key type")
        guard let type = SSHKeyType(rawValue: name) else {
            throw MusterError(.unsupported, "SSH keys of type '\(name.prefix(60))' are not known")
        }
        try self.init(type, from: &reader)
        guard reader.isAtEnd else {
            throw MusterError(.malformed, "\(reader.remaining) octets follow the \(name) public key")
        }
    }

    /// Reads the fields behind the type's name.
    init(_ type: SSHKeyType, from reader: inout ByteReader) throws(MusterError) {
        self.type = type
        var writer = ByteWriter()
        switch type {
        case .ed25519:
            let key = try reader.readSSHString()
            guard key.count == 32 else {
                throw MusterError(.malformed, "an Ed25519 public key has 32 octets, not \(key.count)")
            }
            writer.writeSSHString(key)
        case .rsa:
            writer.writeSSHNumber(try reader.readSSHNumber("RSA exponent"))
            let modulus = try reader.readSSHNumber("RSA modulus")
            guard (128...2048).contains(modulus.count) else {
                throw MusterError(.malformed, "an RSA modulus of \(modulus.count) octets is not taken: 128 to 2048")
            }
            writer.writeSSHNumber(modulus)
        case .ecdsaP256, .ecdsaP384, .ecdsaP521:
            try SSHPublicKey.copyPoint(type, from: &reader, to: &writer)
        }
        fields = writer.bytes
    }

    /// The curve's name and an uncompressed point (RFC 5656, section 3.1).
    private static func copyPoint(
        _ type: SSHKeyType,
        from reader: inout ByteReader,
        to writer: inout ByteWriter
    ) throws(MusterError) {
        let name = try reader.readSSHText("curve's name")
        let point = try reader.readSSHString()
        guard let curve = type.curve, name == curve.name, point.count == curve.pointSize, point.first == 4 else {
            throw MusterError(.malformed, "the \(type.name) public key holds no uncompressed point of its curve")
        }
        writer.writeSSHText(name)
        writer.writeSSHString(point)
    }

    /// The whole key with its type's name.
    public var wire: [UInt8] {
        sshOctets { writer in
            writer.writeSSHText(type.name)
            writer.write(fields)
        }
    }

    /// The 32 octets of an Ed25519 key; nil for other types.
    public var ed25519Octets: [UInt8]? { type == .ed25519 ? Array(fields.dropFirst(4)) : nil }
}

extension SSHPublicKey {
    /// Reads one line of a public key file: type, base64, and a comment that is dropped. Throws `invalidInput`.
    public init(line: some StringProtocol) throws(MusterError) {
        self = try SSHPublicKeyLine(line).key
    }

    /// The line of a public key file, without newline.
    public func line(comment: String = "") -> String {
        "\(type.name) \(base64Text(wire))" + (comment.isEmpty ? "" : " \(comment)")
    }
}

/// A line of a public key file with its comment.
public struct SSHPublicKeyLine: Sendable, Hashable {
    public let key: SSHPublicKey
    public let comment: String

    /// Reads `type base64 [comment]`. Throws `invalidInput` with what is wrong.
    public init(_ line: some StringProtocol) throws(MusterError) {
        let words = line.split(maxSplits: 2, omittingEmptySubsequences: true) { " \t\r\n".contains($0) }
        guard words.count >= 2, let octets = base64Octets(words[1]) else {
            throw MusterError(
                .invalidInput,
                "'\(line.prefix(60))' is no SSH public key: 'type base64 comment' is wanted"
            )
        }
        do {
            key = try SSHPublicKey(wire: octets)
        } catch {
            throw MusterError(.invalidInput, "reading the SSH public key '\(line.prefix(60))'", cause: error)
        }
        guard words[0] == key.type.name else {
            throw MusterError(.invalidInput, "the SSH public key says '\(words[0])' and holds a \(key.type.name) key")
        }
        var comment = words.count > 2 ? words[2].drop(while: \.isWhitespace) : ""
        while let last = comment.last, last.isWhitespace { comment.removeLast() }
        self.comment = String(comment)
    }
}
