import Crypto
import FoundationEssentials
import MusterBase
import SSHWire

extension SiteAuthority {
    /// The public key that certifies hosts.
    public var hostAuthorityKey: SSHPublicKey {
        get throws(MusterError) { try SiteAuthority.publicKey(hostKey) }
    }

    /// The public key that certifies users: what sshd reads as TrustedUserCAKeys.
    public var userAuthorityKey: SSHPublicKey {
        get throws(MusterError) { try SiteAuthority.publicKey(userKey) }
    }

    /// The line that makes an ssh client trust the site's hosts.
    ///
    /// - Parameter patterns: the hosts that the authority is believed for, such as `*.cluster.example`.
    public func knownHostsLine(patterns: [String] = ["*"]) throws(MusterError) -> String {
        try KnownHostsLine(
            marker: .certificateAuthority,
            patterns: patterns,
            key: try hostAuthorityKey,
            comment: "Muster site \(siteName)"
        ).text
    }

    /// Certifies a host's key under the names and addresses of that host, and returns the line of `…-cert.pub`.
    ///
    /// - Parameters:
    ///   - publicKeyLine: a line of `ssh_host_ed25519_key.pub`.
    ///   - principals: each name and address that users may type for the host; host names are set in lower case, as ssh
    ///     does before it compares.
    ///   - serial: unique within the site, for revocation.
    ///   - keyID: what logs show; the first principal unless given.
    /// - Throws: `invalidInput` for a bad key, no principals, one that is empty, a wildcard or every host's
    ///   (`localhost`, 127.0.0.1), or a lifetime that is not of 1 minute to 398 days.
    public func signHostKey(
        _ publicKeyLine: String,
        principals: [String],
        lifetime: Duration = defaultLifetime,
        serial: UInt64,
        keyID: String? = nil
    ) throws -> String {
        let names = principals.map { $0.lowercased() }
        for name in names { try checkHostPrincipal(name) }
        return try sign(
            publicKeyLine,
            kind: .host,
            principals: names,
            lifetime: lifetime,
            serial: serial,
            keyID: keyID,
            extensions: [],
            options: [],
            with: hostKey
        )
    }

    /// Certifies a user's key for logins under the given account names, and returns the line of `…-cert.pub`.
    ///
    /// - Parameter sourceAddresses: networks in CIDR form that it may be used from; empty for any.
    /// - Throws: as ``signHostKey(_:principals:lifetime:serial:keyID:)``.
    public func signUserKey(
        _ publicKeyLine: String,
        principals: [String],
        lifetime: Duration = .seconds(12 * 3600),
        serial: UInt64,
        keyID: String? = nil,
        sourceAddresses: [String] = []
    ) throws -> String {
        for name in principals { try checkUserPrincipal(name) }
        let options =
            sourceAddresses.isEmpty
            ? [] : [SSHCertificateOption.text("source-address", sourceAddresses.joined(separator: ","))]
        return try sign(
            publicKeyLine,
            kind: .user,
            principals: principals,
            lifetime: lifetime,
            serial: serial,
            keyID: keyID,
            extensions: [.flag("permit-pty"), .flag("permit-port-forwarding"), .flag("permit-user-rc")],
            options: options,
            with: userKey
        )
    }

    private func sign(
        _ publicKeyLine: String,
        kind: SSHCertificateContent.Kind,
        principals: [String],
        lifetime: Duration,
        serial: UInt64,
        keyID: String?,
        extensions: [SSHCertificateOption],
        options: [SSHCertificateOption],
        with key: Secret<Curve25519.Signing.PrivateKey>
    ) throws -> String {
        guard let first = principals.first else {
            throw MusterError(.invalidInput, "an SSH certificate without principals would be good for any name")
        }
        let line = try SSHPublicKeyLine(publicKeyLine)
        let validity = try Validity(from: clock.now(), lifetime: lifetime)
        let content = SSHCertificateContent(
            key: line.key,
            kind: kind,
            serial: serial,
            keyID: keyID ?? first,
            principals: principals,
            validAfter: UInt64(max(0, validity.notBefore.seconds)),
            validBefore: UInt64(max(0, validity.notAfter.seconds)),
            criticalOptions: options,
            extensions: extensions,
            nonce: random.next(32)
        )
        let certificate = try content.signed(authority: try SiteAuthority.publicKey(key)) { octets in
            Array(try key.reveal().signature(for: octets))
        }
        return certificate.line(comment: line.comment)
    }

    private static func publicKey(
        _ key: Secret<Curve25519.Signing.PrivateKey>
    ) throws(MusterError) -> SSHPublicKey {
        try SSHPublicKey(ed25519: Array(key.reveal().publicKey.rawRepresentation))
    }
}
