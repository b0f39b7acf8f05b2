import CertificateAuthority
import DeploymentModel
import Images
import LinuxSystem
import MusterAPI
import MusterBase

/// The parts of every initramfs that belong to the site, and what they were made from.
struct SiteArchives {
    private let state: StateDirectory

    init(_ state: StateDirectory) { self.state = state }

    var sitePath: String { "\(state.siteDirectory)/site.cpio" }
    var addonsPath: String { "\(state.siteDirectory)/addons.cpio" }
    private var sourcesPath: String { "\(state.siteDirectory)/addons.json" }

    /// What `addons.cpio` was made from.
    private struct Sources: Codable, Hashable {
        var agent: ContentDigest
        var earlyInit: ContentDigest
        var form = AddonsArchive.form

        init(_ companions: Companions) throws {
            agent = try FileDigest.ofFile(companions.agent).digest
            earlyInit = try FileDigest.ofFile(companions.earlyInit).digest
        }
    }

    /// Writes `site.cpio` when it is missing or not what the authority's keys give. True when it did.
    func refreshSite(_ authority: SiteAuthority) throws -> Bool {
        let fresh = "\(state.siteDirectory)/.site.cpio.new"
        defer { try? Files.remove(fresh) }
        try SiteArchive.writeSite(
            caPEM: authority.certificatePEM, imagePublicKey: authority.imagePublicKey, siteName: authority.siteName,
            // The time of the authority's making: the same keys give the same archive.
            issuedAt: authority.createdAt, to: fresh)
        let bytes = try Files.read(fresh)
        if let present = try? Files.read(sitePath), present == bytes { return false }
        try AtomicFile.write(bytes, to: sitePath)
        return true
    }

    /// True when `addons.cpio` is there and was made from these programs.
    func isFresh(_ companions: Companions) throws -> Bool {
        guard Files.exists(addonsPath), let bytes = try? Files.read(sourcesPath) else { return false }
        let sources = try? MusterJSON.decode(Sources.self, from: bytes, of: sourcesPath)
        return try sources == Sources(companions)
    }

    func refreshAddons(_ companions: Companions, tools: any ToolRunner) async throws {
        let sources = try Sources(companions)
        // The record goes first and comes back last: killed in between, the archive counts as stale.
        try Files.remove(sourcesPath)
        try await AddonsArchive.write(
            earlyInit: companions.earlyInit, agent: companions.agent, to: addonsPath, tools: tools)
        try AtomicFile.write(try MusterJSON.encode(sources, pretty: true) + [UInt8(ascii: "\n")], to: sourcesPath)
    }
}
