import DiskFormats
import LinuxSystem
import MusterAPI
import MusterBase

/// `site.cpio`: the public keys of a site, the same for all machines. It comes last in a boot, so that versions and
/// agents need to know of no site.
public enum SiteArchive {
    private struct Description: Codable {
        var site: String
        var issuedAt: Timestamp
    }

    /// Writes the archive at once and whole.
    ///
    /// - Parameters:
    ///   - caPEM: The certificate of the site's TLS authority.
    ///   - imagePublicKey: The 32 octets of the Ed25519 key that manifests are signed with.
    public static func writeSite(
        caPEM: String, imagePublicKey: [UInt8], siteName: String, issuedAt: Timestamp, to path: String
    ) throws {
        guard imagePublicKey.count == 32 else {
            throw MusterError(.invalidInput, "the site's public image key has \(imagePublicKey.count) octets, not 32")
        }
        let description = Description(site: siteName, issuedAt: issuedAt)
        var writer = CpioWriter()
        let directory = "etc/muster/site"
        try writer.append(.file("\(directory)/ca.pem", Array(caPEM.utf8)))
        try writer.append(.file("\(directory)/image-key.pub", Array("\(hexText(imagePublicKey))\n".utf8)))
        try writer.append(
            .file("\(directory)/site.json", try MusterJSON.encode(description, pretty: true) + [UInt8(ascii: "\n")]))
        try AtomicFile.write(writer.finish(), to: path)
    }
}
