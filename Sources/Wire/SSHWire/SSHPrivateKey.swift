import MusterBase

/// An Ed25519 private key in OpenSSH's own file format, `openssh-key-v1` (OpenSSH PROTOCOL.key), not encrypted.
public struct SSHPrivateKey: Sendable {
    /// The 32 octets that the key is made from (RFC 8032, section 5.1.5).
    public let seed: Secret<[UInt8]>
    public let publicKey: SSHPublicKey
    public let comment: String

    private static let magic = Array("openssh-key-v1\0".utf8)
    private static let header = "-----BEGIN OPENSSH PRIVATE KEY-----"
    private static let footer = "-----END OPENSSH PRIVATE KEY-----"

    /// `publicKey` must be the one that belongs to the seed: this module does no cryptography.
    public init(seed: Secret<[UInt8]>, publicKey: [UInt8], comment: String = "") throws(MusterError) {
        guard seed.reveal().count == 32 else { throw MusterError(.malformed, "an Ed25519 seed has 32 octets") }
        self.seed = seed
        self.publicKey = try SSHPublicKey(ed25519: publicKey)
        self.comment = comment
    }

    /// The file's content. `check` is any random number; it stands twice before the key, so that a wrong pass phrase
    /// would show in encrypted files.
    public func file(check: UInt32) -> Secret<String> {
        let publicOctets = publicKey.ed25519Octets ?? []
        var secret = ByteWriter()
        secret.writeInteger(check)
        secret.writeInteger(check)
        secret.writeSSHText(SSHKeyType.ed25519.name)
        secret.writeSSHString(publicOctets)
        secret.writeSSHString(seed.reveal() + publicOctets)
        secret.writeSSHText(comment)
        // Padding to the block size of "none", which is 8: 1, 2, 3 …
        for filler in 0..<((8 - secret.count % 8) % 8) { secret.write([UInt8(filler + 1)]) }
        var whole = ByteWriter()
        whole.write(SSHPrivateKey.magic)
        for name in ["none", "none", ""] { whole.writeSSHText(name) }
        whole.writeInteger(UInt32(1))
        whole.writeSSHString(publicKey.wire)
        whole.writeSSHString(secret.bytes)
        let lines = base64Lines(whole.bytes)
        return Secret(([SSHPrivateKey.header] + lines + [SSHPrivateKey.footer, ""]).joined(separator: "\n"))
    }

    /// Reads such a file. Throws `malformed`, and `unsupported` if it is encrypted or of another type. No error shows
    /// anything of the content.
    public init(file: Secret<String>) throws(MusterError) {
        var outer = ByteReader(try SSHPrivateKey.octets(file), of: "SSH private key file")
        guard try outer.read(SSHPrivateKey.magic.count).elementsEqual(SSHPrivateKey.magic) else {
            throw MusterError(.malformed, "the SSH private key file is not of the form openssh-key-v1")
        }
        let cipher = try outer.readSSHText("cipher")
        _ = try outer.readSSHText("key derivation")
        _ = try outer.readSSHString()
        guard cipher == "none" else { throw MusterError(.unsupported, "the SSH private key is encrypted") }
        guard try outer.readInteger(as: UInt32.self) == 1 else {
            throw MusterError(.unsupported, "the SSH private key file holds more than one key")
        }
        let publicKey = try SSHPublicKey(wire: Array(try outer.readSSHString()))
        var inner = ByteReader(try outer.readSSHString(), of: "SSH private key")
        try self.init(&inner, publicKey)
    }

    private init(_ reader: inout ByteReader, _ publicKey: SSHPublicKey) throws(MusterError) {
        let check = try reader.readInteger(as: UInt32.self)
        guard try reader.readInteger(as: UInt32.self) == check else {
            throw MusterError(.malformed, "the check numbers of the SSH private key differ")
        }
        guard try reader.readSSHText("key type") == SSHKeyType.ed25519.name, let octets = publicKey.ed25519Octets else {
            throw MusterError(.unsupported, "the SSH private key is not an Ed25519 key")
        }
        let inner = try reader.readSSHString()
        let both = try reader.readSSHString()
        guard inner.elementsEqual(octets), both.count == 64, both.suffix(32).elementsEqual(octets) else {
            throw MusterError(.malformed, "the SSH private key and its public key do not belong together")
        }
        seed = Secret(Array(both.prefix(32)))
        self.publicKey = publicKey
        comment = try reader.readSSHText("comment")
        let padding = reader.readRest()
        guard padding.count < 8, padding.elementsEqual((0..<padding.count).map { UInt8($0 + 1) }) else {
            throw MusterError(.malformed, "the padding of the SSH private key is wrong")
        }
    }

    private static func octets(_ file: Secret<String>) throws(MusterError) -> [UInt8] {
        let lines = file.reveal().split(whereSeparator: \.isNewline)
        guard let first = lines.first, first == header, let last = lines.last, last == footer,
            let octets = base64Octets(lines.dropFirst().dropLast().joined())
        else { throw MusterError(.malformed, "the SSH private key file is not of the form openssh-key-v1") }
        return octets
    }
}

/// Base64 in lines of 70 characters, as ssh-keygen writes it.
private func base64Lines(_ octets: [UInt8]) -> [String] {
    let text = Array(base64Text(octets).utf8)
    return stride(from: 0, to: text.count, by: 70).map { start in
        String(decoding: text[start..<min(start + 70, text.count)], as: UTF8.self)
    }
}
