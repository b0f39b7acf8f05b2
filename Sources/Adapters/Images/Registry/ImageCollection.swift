import DeploymentModel
import LinuxSystem
import MusterBase

/// Removes what no one needs: versions that nothing names, and chunks that no version names.
public struct ImageCollection: Sendable {
    private let store: ImageStore

    public init(store: ImageStore) { self.store = store }

    /// What there is to remove.
    public struct Plan: Sendable, Hashable {
        public var versions: [ImageReference] = []
        /// Paths of chunks.
        public var chunks: [String] = []
        /// Octets of the chunks, and of the versions' own files.
        public var octets: Int64 = 0

        public init() {}
    }

    /// Finds what can go.
    ///
    /// - Parameters:
    ///   - keep: so many of the newest versions of each image stay.
    ///   - needed: versions that stay because a profile gives them or a machine may be reading them.
    /// - Throws: ``MusterError`` when a version cannot be read: what it names is not known then, and nothing may go.
    public func plan(keep: Int, needed: Set<ImageReference>) throws -> Plan {
        let listing = try store.list()
        if let damage = listing.damaged.first {
            throw MusterError(
                .conflict, "\(damage.subject) cannot be read, so what it needs is not known: \(damage.problem)",
                advice: "nothing was removed; put it right, or remove its files")
        }
        var plan = Plan()
        var used: Set<String> = []
        for (name, manifests) in Dictionary(grouping: listing.manifests, by: \.name) {
            let channels = try store.channels(of: name)
            let pointed = Set(channels.versions.values).union(
                channels.versions.keys.compactMap { channels.earlier($0).last })
            let newest = Set(manifests.map(\.version).sorted().suffix(max(1, keep)))
            for manifest in manifests {
                let stays =
                    newest.contains(manifest.version) || pointed.contains(manifest.version)
                    || needed.contains(manifest.reference)
                if stays {
                    used.formUnion(manifest.root.chunks.map { store.chunks.path($0.digest) })
                } else {
                    plan.versions.append(manifest.reference)
                    plan.octets += manifest.files.reduce(0) { $0 + $1.size }
                }
            }
        }
        plan.versions.sort { ($0.name, $0.version) < ($1.name, $1.version) }
        for path in try store.chunks.allPaths() where !used.contains(path) {
            plan.chunks.append(path)
            plan.octets += Files.size(path) ?? 0
        }
        return plan
    }

    /// Removes, while nobody packs or points anything at a version.
    ///
    /// - Parameter needed: gives the versions that stay; asked under the lock, so that what is pointed at stays.
    /// - Returns: what was removed.
    public func collect(keep: Int, needed: () async throws -> Set<ImageReference>) async throws -> Plan {
        guard Files.isDirectory(store.directory) else { return Plan() }
        let lock = try FileLock(
            in: store.directory, doing: "packing or choosing an image, or removing what is not needed")
        defer { lock.release() }
        let plan = try plan(keep: keep, needed: try await needed())
        for reference in plan.versions {
            // The manifest first: a version is there when its manifest is.
            for path in [store.manifestPath(reference), store.signaturePath(reference)] where Files.exists(path) {
                try Files.remove(path)
            }
            try FileTree.remove(store.path(reference))
        }
        for path in plan.chunks { try Files.remove(path) }
        return plan
    }
}

extension ChunkStore {
    /// The paths of all that lies in the store, what a killed run left among it; in order.
    func allPaths() throws -> [String] {
        guard Files.isDirectory(directory) else { return [] }
        return try Files.names(in: directory).sorted().flatMap { part -> [String] in
            guard part.utf8.count == 2, Files.isDirectory("\(directory)/\(part)") else { return [] }
            return try Files.names(in: "\(directory)/\(part)").sorted().map { "\(directory)/\(part)/\($0)" }
        }
    }
}
