/// The kinds of public key that are understood.
public enum SSHKeyType: String, Sendable, Hashable, CaseIterable {
    /// RFC 8709.
    case ed25519 = "ssh-ed25519"
    /// RFC 5656.
    case ecdsaP256 = "ecdsa-sha2-nistp256"
    case ecdsaP384 = "ecdsa-sha2-nistp384"
    case ecdsaP521 = "ecdsa-sha2-nistp521"
    /// RFC 4253, section 6.6.
    case rsa = "ssh-rsa"

    /// The name in keys and public key files.
    public var name: String { rawValue }

    /// The name in certificates (OpenSSH PROTOCOL.certkeys).
    public var certificateName: String { "\(rawValue)-cert-v01@openssh.com" }

    public init?(certificateName: String) {
        guard let type = SSHKeyType.allCases.first(where: { $0.certificateName == certificateName }) else { return nil }
        self = type
    }

    /// The curve's name within the key and the size of an uncompressed point, for ECDSA.
    var curve: (name: String, pointSize: Int)? {
        switch self {
        case .ecdsaP256: ("nistp256", 65)
        case .ecdsaP384: ("nistp384", 97)
        case .ecdsaP521: ("nistp521", 133)
        case .ed25519, .rsa: nil
        }
    }
}
