import Crypto
import LinuxSystem
import MusterBase

/// What this machine knows of its site before it spoke with anybody: the public keys in the initramfs, put there by
/// `site.cpio`.
public struct SiteTrust: Sendable {
    private struct Description: Decodable {
        var site: String
        var issuedAt: Timestamp
    }

    public var site: String
    /// No right clock shows a time before this.
    public var issuedAt: Timestamp
    /// PEM text of the authority that signs the members' certificates.
    public var authority: String
    /// The 32 octets of the Ed25519 key that signs images' manifests.
    public var imageKey: [UInt8]

    public static let directory = "/etc/muster/site"

    public init(site: String, issuedAt: Timestamp, authority: String, imageKey: [UInt8]) {
        self.site = site
        self.issuedAt = issuedAt
        self.authority = authority
        self.imageKey = imageKey
    }

    /// Reads the files in ``directory``.
    public static func read(from directory: String = SiteTrust.directory) throws -> SiteTrust {
        do {
            let text = try Files.readText(directory + "/image-key.pub", limit: 4096)
            guard let key = hexBytes(text.prefix { !$0.isNewline }), key.count == 32 else {
                throw MusterError(.malformed, "\(directory)/image-key.pub is not 64 hexadecimal digits")
            }
            let description = try MusterJSONFile.read(Description.self, from: directory + "/site.json")
            return SiteTrust(
                site: description.site, issuedAt: description.issuedAt,
                authority: try Files.readText(directory + "/ca.pem", limit: 1 << 20), imageKey: key)
        } catch let error as MusterError {
            throw MusterError(
                error.code, error.message, advice: "that the boot loader loaded public/site/site.cpio",
                cause: error.cause)
        }
    }

    /// Whether this signature is of exactly these bytes, by the site's image key.
    public func isSigned(_ bytes: [UInt8], signature: [UInt8]) -> Bool {
        guard let key = try? Curve25519.Signing.PublicKey(rawRepresentation: imageKey) else { return false }
        return key.isValidSignature(signature, for: bytes)
    }
}
