import Crypto
import DeploymentModel
import MusterAPI
import MusterBase

/// Gets the manifest of the image's version and believes it only when it is the one that the configuration names and
/// the site's key signed it.
public struct ManifestStep: Sendable {
    let pool: MemberPool
    let trust: SiteTrust
    let image: ImageReference
    let digest: ContentDigest
    /// This machine's, as `uname -m` says it.
    let architecture: String

    public init(
        pool: MemberPool, trust: SiteTrust, image: ImageReference, digest: ContentDigest, architecture: String
    ) {
        self.pool = pool
        self.trust = trust
        self.image = image
        self.digest = digest
        self.architecture = architecture
    }

    /// Throws `verificationFailed` when no member has the right one, and `unsupported` for another architecture.
    public func fetch() async throws -> ImageManifest {
        let bytes = try await pool.ask { try await verifiedBytes(from: $0) }
        let manifest = try MusterJSON.decode(ImageManifest.self, from: bytes, of: "the manifest of \(image)")
        guard manifest.schema == ImageManifest.currentSchema else {
            throw MusterError(
                .unsupported, "the manifest of \(image) is of form \(manifest.schema), which this agent does not know",
                advice: "that public/site/addons.cpio is of the same version as the server (`muster init` writes it)")
        }
        guard manifest.name == image.name, manifest.version == image.version else {
            throw MusterError(
                .verificationFailed, "the manifest of \(image) says it is of \(manifest.name)@\(manifest.version)")
        }
        guard manifest.architecture == architecture else {
            throw MusterError(
                .unsupported, "\(image) is for \(manifest.architecture), this machine is \(architecture)",
                advice: "the node's profile")
        }
        return manifest
    }

    private func verifiedBytes(from member: any MemberServer) async throws -> [UInt8] {
        let path = "/images/\(image.name)/\(image.version).manifest"
        let bytes = try await member.file(path)
        let found = ContentDigest(octets: SHA256.hash(data: bytes))
        guard found == digest else {
            throw MusterError(
                .verificationFailed,
                "\(path) of \(member.name) is not the one meant: it has \(found.map { "\($0)" } ?? "no digest"), "
                    + "wanted \(digest)",
                advice: "`muster image verify \(image)` on the server")
        }
        let signature = try await member.file(path + ".sig")
        let text = String(decoding: signature, as: UTF8.self).prefix { !$0.isNewline }
        guard let octets = hexBytes(text), trust.isSigned(bytes, signature: octets) else {
            throw MusterError(
                .verificationFailed,
                "\(path) of \(member.name) is not signed by the image key of the site \(trust.site)",
                advice: "`muster image verify \(image)` on the server, and that site.cpio is of this site")
        }
        return bytes
    }
}
