import Crypto
import MusterBase
import SSHWire
import X509

/// The keys of a site: they say who is a member, which host is which node, who may log in, and which image is ours.
///
/// - TLS authority: ECDSA on P-256. Firmware (UEFI HTTPS boot), OpenSSL, Go and Java all take it, and it is fast on old
///   machines; Ed25519 certificates are refused by EDK2 and by many BMCs. iPXE up to 2024 takes only RSA, and trusts
///   only authorities that it was compiled with: it loads kernels by plain HTTP whatever is chosen here.
/// - SSH host authority, SSH user authority and image key: Ed25519, one key for each purpose.
///
/// The private keys live in files of mode 0600 in a directory of mode 0700 and never leave the process otherwise.
public struct SiteAuthority: Sendable {
    public let siteName: String
    public let createdAt: Timestamp
    /// The TLS authority's own certificate in PEM: what clients have to trust.
    public let certificatePEM: String

    let certificate: Certificate
    let tlsKey: Secret<P256.Signing.PrivateKey>
    let hostKey: Secret<Curve25519.Signing.PrivateKey>
    let userKey: Secret<Curve25519.Signing.PrivateKey>
    let imageKey: Secret<Curve25519.Signing.PrivateKey>
    let clock: WallClock
    let random: RandomOctets

    /// Makes the keys of a new site in `directory`, such as `private/site`.
    ///
    /// All or nothing: the files are written beside it and appear there by one rename. Throws `alreadyExists` when
    /// there is a site already, and `invalidInput` for a name that is not 1 to 63 letters, digits, `.`, `-` and `_`.
    public static func create(
        at directory: String,
        siteName: String,
        clock: WallClock = .system,
        random: RandomOctets = .system
    ) throws -> SiteAuthority {
        try checkSiteName(siteName)
        let now = Timestamp(seconds: clock.now().seconds)
        let tlsKey = P256.Signing.PrivateKey()
        let authority = try SiteAuthority(
            siteName: siteName,
            createdAt: now,
            certificate: TLSIssuing.selfSigned(siteName: siteName, key: tlsKey, now: now),
            tlsKey: Secret(tlsKey),
            hostKey: Secret(Curve25519.Signing.PrivateKey()),
            userKey: Secret(Curve25519.Signing.PrivateKey()),
            imageKey: Secret(Curve25519.Signing.PrivateKey()),
            clock: clock,
            random: random
        )
        try SiteFiles(directory).create(authority)
        return authority
    }

    /// Reads the keys of a site. Throws `notFound` when there is none, `forbidden` when a key can be read by others
    /// than its owner, and `malformed` when the files do not belong together.
    public static func open(
        at directory: String,
        clock: WallClock = .system,
        random: RandomOctets = .system
    ) throws -> SiteAuthority {
        try SiteFiles(directory).read(clock: clock, random: random)
    }

    init(
        siteName: String,
        createdAt: Timestamp,
        certificate: Certificate,
        tlsKey: Secret<P256.Signing.PrivateKey>,
        hostKey: Secret<Curve25519.Signing.PrivateKey>,
        userKey: Secret<Curve25519.Signing.PrivateKey>,
        imageKey: Secret<Curve25519.Signing.PrivateKey>,
        clock: WallClock,
        random: RandomOctets
    ) throws {
        self.siteName = siteName
        self.createdAt = createdAt
        self.certificate = certificate
        certificatePEM = try certificate.serializeAsPEM().pemString + "\n"
        self.tlsKey = tlsKey
        self.hostKey = hostKey
        self.userKey = userKey
        self.imageKey = imageKey
        self.clock = clock
        self.random = random
    }

    private static func checkSiteName(_ name: String) throws(MusterError) {
        let isClean = name.utf8.allSatisfy { isLetterOrDigit($0) || ".-_".utf8.contains($0) }
        guard (1...63).contains(name.utf8.count), isClean, name.first != ".", name.first != "-" else {
            throw MusterError(
                .invalidInput,
                "'\(name.prefix(80))' is no name for a site: 1 to 63 letters, digits, '.', '-', '_'"
            )
        }
    }
}

/// Where random octets come from: the system in programs, a fixed sequence in tests.
public struct RandomOctets: Sendable {
    /// Gives that many.
    public let next: @Sendable (Int) -> [UInt8]

    public init(next: @escaping @Sendable (Int) -> [UInt8]) { self.next = next }

    public static let system = RandomOctets { count in
        var generator = SystemRandomNumberGenerator()
        return (0..<count).map { _ in UInt8.random(in: .min ... .max, using: &generator) }
    }
}
