import DeploymentModel
import MusterBase

/// What changed from one version to another.
public struct ImageDifference: Codable, Sendable, Hashable {
    public struct Package: Codable, Sendable, Hashable {
        public var name: String
        public var architecture: String
        /// Nil when it was not there before.
        public var from: String?
        /// Nil when it is gone.
        public var to: String?
        /// True when the version went down.
        public var isOlder: Bool
    }

    public var from: ImageReference
    public var to: ImageReference
    public var kernelFrom: String
    public var kernelTo: String
    public var packages: [Package]
    /// Octets of the root file system that the newer has more; negative for less.
    public var rootGrowth: Int64
    /// Octets of kernel, initramfs and chunks that a machine with the older version has to fetch for the newer.
    public var fetched: Int64
    /// The same of a machine that has nothing.
    public var whole: Int64

    public init(_ old: ImageManifest, _ new: ImageManifest) {
        from = old.reference
        to = new.reference
        kernelFrom = old.kernelRelease
        kernelTo = new.kernelRelease
        packages = Self.packages(old, new)
        rootGrowth = new.root.size - old.root.size
        let files = Set(old.files.map(\.digest))
        let newFiles = new.files.filter { !files.contains($0.digest) }.reduce(Int64(0)) { $0 + $1.size }
        fetched = newFiles + Self.size(of: new.root.chunks, without: Set(old.root.chunks.map(\.digest)))
        whole = new.files.reduce(Int64(0)) { $0 + $1.size } + Self.size(of: new.root.chunks, without: [])
    }

    /// Octets of chunks, each counted once.
    private static func size(of chunks: [ImageManifest.Chunk], without known: Set<ContentDigest>) -> Int64 {
        var seen = known
        return chunks.reduce(0) { seen.insert($1.digest).inserted ? $0 + Int64($1.size) : $0 }
    }

    private static func packages(_ old: ImageManifest, _ new: ImageManifest) -> [Package] {
        struct Key: Hashable {
            let name: String
            let architecture: String
        }
        func table(_ manifest: ImageManifest) -> [Key: [String]] {
            Dictionary(grouping: manifest.packages) { Key(name: $0.name, architecture: $0.architecture) }
                .mapValues { $0.map(\.version).sorted() }
        }
        let (before, after) = (table(old), table(new))
        let order = PackageVersionOrder(distribution: new.distribution)
        let keys = Set(before.keys).union(after.keys).sorted { ($0.name, $0.architecture) < ($1.name, $1.architecture) }
        return keys.flatMap { key -> [Package] in
            // A name may be there in several versions at a time, such as kernels of RPM families.
            let (gone, come) = (
                (before[key] ?? []).filter { !(after[key] ?? []).contains($0) },
                (after[key] ?? []).filter { !(before[key] ?? []).contains($0) }
            )
            return (0..<max(gone.count, come.count)).map { index in
                let from = index < gone.count ? gone[index] : nil
                let to = index < come.count ? come[index] : nil
                let isOlder = from.flatMap { from in to.map { order.compare($0, from) < 0 } } ?? false
                return Package(name: key.name, architecture: key.architecture, from: from, to: to, isOlder: isOlder)
            }
        }
    }
}

/// Which versions lack what is asked for.
public struct MissingPackages: Sendable {
    public let requirement: PackageRequirement

    public init(_ requirement: PackageRequirement) { self.requirement = requirement }

    /// What is said of a version whose packages are not known, such as one from a container image: it may lack anything.
    public static let unknown = "not known"

    /// Whether a version has the package, and in which version; nil when all is well.
    ///
    /// A version without the package lacks it only when the requirement is the package's name alone: what is not there
    /// needs no fix.
    public func lack(in manifest: ImageManifest) -> String? {
        guard !manifest.packages.isEmpty else { return Self.unknown }
        let order = PackageVersionOrder(distribution: manifest.distribution)
        let installed = manifest.packages.filter { $0.name == requirement.package }
        guard !installed.isEmpty else { return requirement.relation == nil ? "not installed" : nil }
        let short = installed.filter { !requirement.isMet(by: $0.version, order) }
        return short.isEmpty ? nil : Set(short.map(\.version)).sorted().joined(separator: ", ")
    }
}
