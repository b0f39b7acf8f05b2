import DeploymentModel
import MusterBase

/// What each version takes: what it would take alone, and what goes with it when it is removed.
///
/// Counted from the manifests, each of which is looked at twice: no chunk is read.
public struct VersionSizes: Sendable {
    public struct Size: Sendable, Hashable, Codable {
        /// Octets of the files and of all chunks, each counted once.
        public var whole: Int64
        /// The files, and the chunks that no other version of any image has.
        public var own: Int64
        /// Chunks that another version has, too.
        public var shared: Int64

        public init(whole: Int64, own: Int64, shared: Int64) {
            self.whole = whole
            self.own = own
            self.shared = shared
        }
    }

    private let sizes: [ImageReference: Size]

    public init(_ manifests: [ImageManifest]) {
        // The place of the one version that has a chunk.
        var owners: [ContentDigest: Int] = [:]
        let several = -1
        owners.reserveCapacity(manifests.reduce(0) { $0 + $1.root.chunks.count })
        for (index, manifest) in manifests.enumerated() {
            for chunk in manifest.root.chunks {
                let owner = owners[chunk.digest] ?? index
                owners[chunk.digest] = owner == index ? index : several
            }
        }
        var sizes: [ImageReference: Size] = [:]
        for (index, manifest) in manifests.enumerated() {
            var size = Size(whole: 0, own: manifest.files.reduce(0) { $0 + $1.size }, shared: 0)
            var seen: Set<ContentDigest> = []
            seen.reserveCapacity(manifest.root.chunks.count)
            for chunk in manifest.root.chunks where seen.insert(chunk.digest).inserted {
                if owners[chunk.digest] == index {
                    size.own += Int64(chunk.size)
                } else {
                    size.shared += Int64(chunk.size)
                }
            }
            size.whole = size.own + size.shared
            sizes[manifest.reference] = size
        }
        self.sizes = sizes
    }

    public subscript(_ reference: ImageReference) -> Size { sizes[reference] ?? Size(whole: 0, own: 0, shared: 0) }
}
