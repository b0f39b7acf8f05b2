import DeploymentModel
import ImageChunks
import LinuxSystem
import MusterAPI
import MusterBase

/// Makes an immutable, numbered, signed version out of a built tree.
public struct ImagePacker: Sendable {
    let stateDirectory: String
    let tools: any ToolRunner
    let store: ImageStore
    private let random: @Sendable (Int) -> [UInt8]

    /// Signs octets with the site's image key.
    public typealias Sign = @Sendable ([UInt8]) throws -> [UInt8]

    /// How to pack.
    public struct Options: Sendable {
        /// zstd's, 1 to 22, for the root file system.
        public var compressionLevel: Int
        /// Makes a new version also when nothing changed since the latest one.
        public var isForced: Bool
        /// Who packs, and when: for the image's history.
        public var person: String
        public var time: Timestamp

        public init(
            compressionLevel: Int = 9, isForced: Bool = false, person: String = "unknown", time: Timestamp = .now()
        ) {
            self.compressionLevel = compressionLevel
            self.isForced = isForced
            self.person = person
            self.time = time
        }
    }

    /// What came of it.
    public struct Result: Sendable {
        public let manifest: ImageManifest
        /// False when the tree gives what the latest version is already: no version was made then.
        public let isNew: Bool
        /// Firmware that the initramfs's modules may ask for and the tree does not have.
        public let missingFirmware: [String]
        /// How many blocks the root file system has, how many of them had not changed, and what it could not hold.
        public let rootFileSystem: RootFileSystem.Report

        init(_ manifest: ImageManifest, isNew: Bool, _ content: VersionFiles.Content) {
            self.manifest = manifest
            self.isNew = isNew
            missingFirmware = content.missingFirmware
            rootFileSystem = content.rootFileSystem
        }

        public var reference: ImageReference? { ImageReference(name: manifest.name, version: manifest.version) }
    }

    /// - Parameter random: gives that many octets that nobody can guess, for the key of a new image.
    public init(
        stateDirectory: String, tools: any ToolRunner,
        random: @escaping @Sendable (Int) -> [UInt8] = { count in (0..<count).map { _ in .random(in: .min ... .max) } }
    ) {
        self.random = random
        self.stateDirectory = stateDirectory
        self.tools = tools
        store = ImageStore(directory: "\(stateDirectory)/public/images")
    }

    /// Packs the tree that was built for an image.
    ///
    /// Nothing of the version can be seen before it is whole: its manifest comes last. What a killed run left behind is
    /// removed by the next.
    ///
    /// - Parameter progress: Called with what is being done and the share of it that is done, 0 to 1.
    /// - Throws: ``MusterError``: `notFound` without a tree, `exhausted` when the disk is full, `conflict` when the image
    ///   is being built or packed already.
    public func pack(
        _ name: String, options: Options = Options(), sign: Sign,
        progress: @escaping @Sendable (_ doing: String, _ share: Double) -> Void = { _, _ in }
    ) async throws -> Result {
        guard ImageReference.isValidName(name) else {
            throw MusterError(.invalidInput, "'\(name)' cannot name an image")
        }
        let source = BuiltTree.directory(stateDirectory: stateDirectory, name: name)
        _ = try BuiltTree.read(directory: source, name: name)
        let lock = try FileLock(in: source, doing: "building, changing or packing the image \(name)")
        defer { lock.release() }
        let built = try BuiltTree.read(directory: source, name: name)
        try Files.createDirectory(store.directory)
        // A chunk that is taken for there must not be removed before the manifest names it.
        let sharing = try store.hold()
        defer { sharing?.release() }
        let publishing = try VersionPublishing(store: store, stateDirectory: stateDirectory, name: name)
        try publishing.removeLeftovers()
        let staging = try publishing.createStaging()
        do {
            let tree = try TreeArchive(built.archivePath(directory: source))
            let keys = ChunkKeys(privateDirectory: "\(stateDirectory)/private")
            // A second key would be given to machines that run what was packed with the first.
            let key = try hasChunks(name) ? keys.key(of: name) : keys.keyForPacking(name, random: random)
            let files = VersionFiles(
                tree: tree, tools: tools, directory: staging, created: built.created,
                compressionLevel: options.compressionLevel, cache: BuiltTree.blocks(directory: source),
                chunks: RootChunks(store: store.chunks, cipher: ChunkCipher(key)), progress: progress)
            let content = try await files.write()
            let number = try publishing.nextVersion()
            let manifest = try Self.manifest(
                built, content, tree: tree, version: number, parent: try store.latest(of: name))
            if !options.isForced, let same = try publishing.latest(sameAs: manifest) {
                try FileTree.remove(staging)
                return Result(same, isNew: false, content)
            }
            try note(manifest, built, options)
            try publishing.publish(manifest, staging: staging, sign: sign)
            return Result(manifest, isNew: true, content)
        } catch {
            try? FileTree.remove(staging)
            throw Self.explain(error, name: name, directory: store.directory)
        }
    }

    private func note(_ manifest: ImageManifest, _ built: BuiltTree, _ options: Options) throws {
        try ImageHistories(privateDirectory: "\(stateDirectory)/private").add(
            .init(
                version: manifest.version, packedAt: options.time, packedBy: options.person,
                recipeDigest: built.recipeDigest, sources: built.sources, parent: manifest.parent,
                program: "muster \(MusterVersion.current)"),
            to: manifest.name)
    }

    /// Whether a version of the image is in chunks. One that cannot be read, as from before there were any, is not.
    private func hasChunks(_ name: String) throws -> Bool {
        try store.versions(of: name).contains { version in
            ImageReference(name: name, version: version).flatMap { try? store.manifest($0) } != nil
        }
    }

    private static func explain(_ error: any Error, name: String, directory: String) -> any Error {
        let text = "\(error)"
        guard (error as? MusterError)?.code == .exhausted || text.contains("No space left on device")
        else { return error }
        return MusterError(
            .exhausted, "packing the image \(name): the disk that holds \(directory) is full",
            advice: "nothing was published; make room and pack again", cause: error)
    }

    private static func manifest(
        _ built: BuiltTree, _ content: VersionFiles.Content, tree: TreeArchive, version: Int,
        parent: ImageReference?
    ) throws -> ImageManifest {
        func text(_ path: String) throws -> String {
            guard let entry = tree.entry(path) else { return "" }
            return String(decoding: try tree.content(of: entry), as: UTF8.self)
        }
        let release = OSRelease.parse(try text("etc/os-release"))
        let packages = try built.packages ?? PackageList.read(from: tree)
        return ImageManifest(
            name: built.name, version: version, architecture: built.architecture,
            distribution: release["ID"] ?? built.distribution,
            distributionVersion: release["VERSION_ID"] ?? built.suite, created: built.created,
            kernelRelease: content.kernelRelease, recipeDigest: built.recipeDigest, files: content.files,
            root: content.root, parent: parent, packages: packages, minimalMemory: minimalMemory(content),
            handChanges: built.changes?.count, disk: built.disk)
    }

    /// The root in memory once, the initramfs unpacked beside the packed one while it starts, and 320 MiB for the kernel
    /// and a system without load; rounded up to 64 MiB.
    private static func minimalMemory(_ content: VersionFiles.Content) -> Int64 {
        let unit: Int64 = 64 << 20
        let files = content.files.reduce(content.root.size) { $0 + $1.size } + content.unpackedInitramfs
        return (files + (320 << 20) + unit - 1) / unit * unit
    }
}
