import MusterBase

/// What a certificate says, before it is signed (OpenSSH PROTOCOL.certkeys).
public struct SSHCertificateContent: Sendable, Hashable {
    public enum Kind: UInt32, Sendable, Hashable {
        case user = 1
        case host = 2
    }

    /// The key that is certified.
    public var key: SSHPublicKey
    public var kind: Kind
    public var serial: UInt64
    /// What sshd writes in its log.
    public var keyID: String
    /// Names of hosts or users. OpenSSH takes an empty list for "any": do not issue such.
    public var principals: [String]
    /// Seconds since 1970; the first second in which it is valid.
    public var validAfter: UInt64
    /// Seconds since 1970; the first second in which it is no longer valid.
    public var validBefore: UInt64
    public var criticalOptions: [SSHCertificateOption]
    public var extensions: [SSHCertificateOption]
    /// Random octets that whoever asks for the certificate does not choose.
    public var nonce: [UInt8]

    public init(
        key: SSHPublicKey,
        kind: Kind,
        serial: UInt64,
        keyID: String,
        principals: [String],
        validAfter: UInt64,
        validBefore: UInt64,
        criticalOptions: [SSHCertificateOption] = [],
        extensions: [SSHCertificateOption] = [],
        nonce: [UInt8]
    ) {
        self.key = key
        self.kind = kind
        self.serial = serial
        self.keyID = keyID
        self.principals = principals
        self.validAfter = validAfter
        self.validBefore = validBefore
        self.criticalOptions = criticalOptions
        self.extensions = extensions
        self.nonce = nonce
    }

    /// Signs it. `sign` gets the octets to be signed and returns the signature in the form of the authority's key
    /// type: for Ed25519 its 64 octets.
    public func signed(
        authority: SSHPublicKey,
        algorithm: String? = nil,
        by sign: ([UInt8]) throws -> [UInt8]
    ) rethrows -> SSHCertificate {
        let octets = octetsToSign(authority)
        let blob = try sign(octets)
        return SSHCertificate(
            content: self,
            authority: authority,
            signatureAlgorithm: algorithm ?? authority.type.name,
            signature: blob,
            signedOctets: octets
        )
    }

    /// All fields up to and with the signature key.
    func octetsToSign(_ authority: SSHPublicKey) -> [UInt8] {
        sshOctets { writer in
            writer.writeSSHText(key.type.certificateName)
            writer.writeSSHString(nonce)
            writer.write(key.fields)
            writer.writeInteger(serial)
            writer.writeInteger(kind.rawValue)
            writer.writeSSHText(keyID)
            writer.writeSSHString(sshOctets { inner in for name in principals { inner.writeSSHText(name) } })
            writer.writeInteger(validAfter)
            writer.writeInteger(validBefore)
            writer.writeSSHOptions(criticalOptions)
            writer.writeSSHOptions(extensions)
            writer.writeSSHString([UInt8]())
            writer.writeSSHString(authority.wire)
        }
    }
}

/// A signed certificate. Reading one does not verify it: check ``signature`` over ``signedOctets`` by ``authority``.
public struct SSHCertificate: Sendable, Hashable {
    public let content: SSHCertificateContent
    /// The public key of the authority that signed.
    public let authority: SSHPublicKey
    /// `ssh-ed25519`, `rsa-sha2-512` and so on.
    public let signatureAlgorithm: String
    /// In the form of the algorithm: for Ed25519 its 64 octets.
    public let signature: [UInt8]
    /// What the signature is over.
    public let signedOctets: [UInt8]

    /// The wire form.
    public var wire: [UInt8] {
        let blob = sshOctets { writer in
            writer.writeSSHText(signatureAlgorithm)
            writer.writeSSHString(signature)
        }
        return signedOctets + sshOctets { $0.writeSSHString(blob) }
    }

    /// The line of a certificate file (`…-cert.pub`), without newline.
    public func line(comment: String = "") -> String {
        "\(content.key.type.certificateName) \(base64Text(wire))" + (comment.isEmpty ? "" : " \(comment)")
    }
}

extension SSHCertificate {
    /// Reads the line of a certificate file. Throws `invalidInput`.
    public init(line: some StringProtocol) throws(MusterError) {
        let words = line.split(maxSplits: 2, omittingEmptySubsequences: true) { " \t\r\n".contains($0) }
        guard words.count >= 2, let octets = base64Octets(words[1]) else {
            throw MusterError(
                .invalidInput,
                "'\(line.prefix(60))' is no SSH certificate: 'type base64 comment' is wanted"
            )
        }
        do {
            self = try SSHCertificate(wire: octets)
        } catch {
            throw MusterError(.invalidInput, "reading the SSH certificate '\(line.prefix(60))'", cause: error)
        }
        guard words[0] == content.key.type.certificateName else {
            throw MusterError(.invalidInput, "the SSH certificate says '\(words[0])' and is of another type")
        }
    }

    /// From the wire form. Throws `malformed`, and `unsupported` for a type that is not known.
    public init(wire: [UInt8]) throws(MusterError) {
        var reader = ByteReader(wire, of: "SSH certificate")
        content = try SSHCertificateContent(&reader)
        authority = try SSHPublicKey(wire: Array(try reader.readSSHString()))
        signedOctets = Array(wire.prefix(reader.offset))
        var blob = ByteReader(try reader.readSSHString(), of: "SSH signature")
        signatureAlgorithm = try blob.readSSHText("signature algorithm")
        signature = Array(try blob.readSSHString())
        guard reader.isAtEnd, blob.isAtEnd else {
            throw MusterError(.malformed, "octets follow the end of the SSH certificate")
        }
    }
}

extension SSHCertificateContent {
    /// Reads the fields before the signature key.
    fileprivate init(_ reader: inout ByteReader) throws(MusterError) {
        let name = try reader.readSSHText("certificate type")
        guard let type = SSHKeyType(certificateName: name) else {
            throw MusterError(.unsupported, "SSH certificates of type '\(name.prefix(60))' are not known")
        }
        nonce = Array(try reader.readSSHString())
        key = try SSHPublicKey(type, from: &reader)
        serial = try reader.readInteger()
        let number = try reader.readInteger(as: UInt32.self)
        guard let kind = Kind(rawValue: number) else {
            throw MusterError(.malformed, "an SSH certificate is for users (1) or hosts (2), not \(number)")
        }
        self.kind = kind
        keyID = try reader.readSSHText("key id")
        principals = try ByteReader.sshPrincipals(try reader.readSSHString())
        validAfter = try reader.readInteger()
        validBefore = try reader.readInteger()
        criticalOptions = try ByteReader.sshOptions(try reader.readSSHString())
        extensions = try ByteReader.sshOptions(try reader.readSSHString())
        _ = try reader.readSSHString()
    }
}
