import MusterBase

/// What a version of an image is made of. Kept as JSON in `public/images/<name>/<version>.manifest`, with an Ed25519
/// signature of exactly those bytes beside it in `<version>.manifest.sig`.
public struct ImageManifest: Codable, Sendable, Hashable {
    /// One file of the version.
    public struct File: Codable, Sendable, Hashable {
        /// Below `public/images/<name>/<version>/`: `kernel` or `initramfs`.
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

    /// The root file system: one squashfs file, of which each part is a chunk of its own.
    public struct Root: Codable, Sendable, Hashable {
        /// Of the file, in octets.
        public var size: Int64
        /// Of the file.
        public var digest: ContentDigest
        /// One behind the other they are the file.
        public var chunks: [Chunk]

        public init(size: Int64, digest: ContentDigest, chunks: [Chunk]) {
            self.size = size
            self.digest = digest
            self.chunks = chunks
        }
    }

    /// A part of the root file system, stored encrypted at ``path``.
    public struct Chunk: Codable, Sendable, Hashable {
        /// Of the plain octets.
        public var size: Int
        /// Of the stored octets, which are named by it.
        public var digest: ContentDigest

        public init(size: Int, digest: ContentDigest) {
            self.size = size
            self.digest = digest
        }

        /// Where it lies below the public directory, with a slash in front.
        public var path: String {
            let hex = digest.hex
            return "/images/chunks/\(hex.prefix(2))/\(hex)"
        }

        /// The longest that a reader takes, in octets; writers keep well below.
        public static let longest = 1 << 20
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

    /// What a profile that installs the image has in `install`, unless somebody changes it.
    public struct DiskLayout: Codable, Sendable, Hashable {
        public var fileSystem: InstallSettings.FileSystem
        public var extras: [ExtraFileSystem]

        public init(fileSystem: InstallSettings.FileSystem, extras: [ExtraFileSystem]) {
            self.fileSystem = fileSystem
            self.extras = extras
        }
    }

    /// The form of this manifest; 2.
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
    /// How many commands were run in the tree by hand after it was built from the recipe; nil for none.
    public var handChanges: Int?
    public var files: [File]
    public var root: Root
    /// The version that was the latest when this one was packed.
    public var parent: ImageReference?
    public var packages: [Package]
    /// How the machine's disk was laid out that this was captured from; nil for an image that was built.
    public var disk: DiskLayout?
    /// The least memory a machine needs to run this version untethered, in octets.
    public var minimalMemory: Int64

    public static let currentSchema = 2

    public init(
        name: String, version: Int, architecture: String, distribution: String, distributionVersion: String,
        created: Timestamp, kernelRelease: String, recipeDigest: ContentDigest, files: [File], root: Root,
        parent: ImageReference?, packages: [Package], minimalMemory: Int64, handChanges: Int? = nil,
        disk: DiskLayout? = nil
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
        self.handChanges = handChanges
        self.disk = disk
        self.files = files
        self.root = root
        self.parent = parent
        self.packages = packages
        self.minimalMemory = minimalMemory
    }

    /// `NAME@VERSION`.
    public var reference: ImageReference { ImageReference(of: self) }

    public func file(named name: String) -> File? { files.first { $0.name == name } }
}
