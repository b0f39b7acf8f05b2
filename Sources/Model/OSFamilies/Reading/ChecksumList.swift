/// A file of a medium that holds checksums of others.
public struct ChecksumList: Sendable, Hashable, Codable {
    public enum Form: String, Sendable, Hashable, Codable {
        /// A digest and a name a line, as md5sum(1) writes them: `md5sum.txt`, `SHA256SUMS`, SUSE's `CHECKSUMS`.
        case sums
        /// The section `[checksums]` of a `.treeinfo`.
        case treeinfo
        /// `HASH SHA256 <digest>  <name>` in SUSE's `content`.
        case content
        /// The sections `SHA256:` and others of a Debian `Release`, with names below its directory.
        case release
        /// `# SHA512 HASH` and sums below it, as Flatcar's `.DIGESTS`.
        case digests
    }

    public var path: String
    public var form: Form
    /// A detached signature of the list, beside it; nil when there is none. A list may also hold its own (`InRelease`).
    public var signature: String?

    public init(_ path: String, _ form: Form, signature: String? = nil) {
        self.path = path
        self.form = form
        self.signature = signature
    }

    /// The directory that the names in the list are relative to: empty for the medium's root.
    var directory: String { path.lastIndex(of: "/").map { String(path[...$0]) } ?? "" }
}

extension ChecksumList {
    /// The lists that distributions put on their media.
    static func find(in listing: MediumListing) -> [ChecksumList] {
        var lists: [ChecksumList] = []
        if let path = listing.first([".treeinfo", "treeinfo"]) { lists.append(ChecksumList(path, .treeinfo)) }
        for name in ["CHECKSUMS", "SHA256SUMS", "SHA512SUMS", "MD5SUMS", "md5sum.txt", "sha256sum.txt"] {
            guard let path = listing.path(name) else { continue }
            let signature = listing.first(["\(name).asc", "\(name).gpg", "\(name).sign", "\(name).sig"])
            lists.append(ChecksumList(path, .sums, signature: signature))
        }
        if let path = listing.path("content") {
            lists.append(ChecksumList(path, .content, signature: listing.path("content.asc")))
        }
        lists += listing.paths { $0.hasPrefix("dists/") && $0.split(separator: "/").count == 3 && isRelease($0) }
            .map { path in ChecksumList(path, .release, signature: listing.path("\(path).gpg")) }
        lists += listing.paths { !$0.contains("/") && $0.hasSuffix(".digests") }
            .map { path in ChecksumList(path, .digests, signature: listing.first(["\(path).asc", "\(path).sig"])) }
        return lists
    }

    private static func isRelease(_ path: String) -> Bool { path.hasSuffix("/release") || path.hasSuffix("/inrelease") }
}

extension ChecksumList {
    /// Whether a path is one that a list of checksums or its signature may have, before the medium is known.
    public static func mayBeListOrSignature(_ path: String) -> Bool {
        let lower = path.lowercased()
        let parts = lower.split(separator: "/")
        if parts.count == 3, parts[0] == "dists" { return isRelease(lower) || lower.hasSuffix("/release.gpg") }
        guard parts.count == 1 else { return false }
        let bare = [".asc", ".gpg", ".sign", ".sig"].first { lower.hasSuffix($0) }.map {
            String(lower.dropLast($0.count))
        }
        return rootNames.contains(bare ?? lower) || (bare ?? lower).hasSuffix(".digests")
    }

    private static let rootNames: Set<String> = [
        ".treeinfo", "treeinfo", "checksums", "sha256sums", "sha512sums", "md5sums", "md5sum.txt", "sha256sum.txt",
        "content",
    ]
}
