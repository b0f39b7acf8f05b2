import MusterBase

/// What a version of an image is made of. Kept as JSON in `public/images/<name>/<version>.manifest`, with an Ed25519
/// signature of exactly those bytes beside it in `<version>.manifest.sig`.
public struct ImageManifest: Codable, Sendable, Hashable {
    /// One file of the version.
    public struct File: Codable, Sendable, Hashable {
        /// Below `public/images/<name>/<version>/`: `kernel`, `initramfs` or `root.squashfs`.
        public var name: String
        /// In octets.
        public var size: Int64
        public var digest: ContentDigest

        public init(name: String, size: Int64, digest: ContentDigest) {
            self.name = name
            self.size = size
            self.digest = digest
        }
    }

    /// One package that is installed in the root file system.
    public struct Package: Codable, Sendable, Hashable {
        public var name: String
        public var version: String
        public var architecture: String

        public init(name: String, version: String, architecture: String) {
            self.name = name
            self.version = version
            self.architecture = architecture
        }
    }

    /// The form of this manifest; 1.
    public var schema: Int
    public var name: String
    public var version: Int
    /// As `uname -m` says it: `x86_64`, `aarch64`.
    public var architecture: String
    /// In the words of os-release: `debian`, and `12`.
    public var distribution: String
    public var distributionVersion: String
    /// The newest date of the package repositories that it was built from, so that the same inputs give the same bits.
    public var created: Timestamp
    /// The kernel's release, as `uname -r` will say it.
    public var kernelRelease: String
    public var recipeDigest: ContentDigest
    public var files: [File]
    public var packages: [Package]
    /// The least memory a machine needs to run this version untethered, in octets.
    public var minimalMemory: Int64

    public static let currentSchema = 1

    public init(
        name: String, version: Int, architecture: String, distribution: String, distributionVersion: String,
        created: Timestamp, kernelRelease: String, recipeDigest: ContentDigest, files: [File], packages: [Package],
        minimalMemory: Int64
    ) {
        self.schema = Self.currentSchema
        self.name = name
        self.version = version
        self.architecture = architecture
        self.distribution = distribution
        self.distributionVersion = distributionVersion
        self.created = created
        self.kernelRelease = kernelRelease
        self.recipeDigest = recipeDigest
        self.files = files
        self.packages = packages
        self.minimalMemory = minimalMemory
    }

    public func file(named name: String) -> File? { files.first { $0.name == name } }
}
