import DeploymentModel
import ImageChunks
import LinuxSystem
import MusterBase

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif

/// A version of an image that has the sizes of one and nothing in it, signed and served as any other: for playing
/// machines that load files and run none. Its files take no room on the disk.
public enum PlaceholderVersion {
    /// What the recipe debian-12 with the cloud kernel was packed to, in octets.
    public static let usualSizes: [String: Int64] = [
        "kernel": 14_186_432, "initramfs": 1_662_464,
    ]
    /// Of its root file system.
    public static let usualRootSize: Int64 = 88_313_856

    /// Publishes the image's next version.
    ///
    /// - Parameters:
    ///   - sizes: octets of each of ``ImageStore/fileNames``.
    ///   - rootSize: octets of its root file system.
    public static func publish(
        _ name: String, sizes: [String: Int64] = usualSizes, rootSize: Int64 = usualRootSize, stateDirectory: String,
        created: Timestamp, sign: ImagePacker.Sign
    ) async throws -> ImageReference {
        let store = ImageStore(directory: "\(stateDirectory)/public/images")
        try Files.createDirectory(BuiltTree.directory(stateDirectory: stateDirectory, name: name))
        let publishing = try VersionPublishing(store: store, stateDirectory: stateDirectory, name: name)
        let staging = try publishing.createStaging()
        do {
            let root = try await root(of: rootSize, name: name, in: staging, stateDirectory: stateDirectory)
            let manifest = ImageManifest(
                name: name, version: try publishing.nextVersion(), architecture: "x86_64", distribution: "debian",
                distributionVersion: "12", created: created, kernelRelease: "6.1.0-42-cloud-amd64",
                recipeDigest: try FileDigest.of([]), files: try files(sizes, in: staging), root: root, parent: nil,
                packages: [], minimalMemory: 1 << 30)
            try publishing.publish(manifest, staging: staging, sign: sign)
            guard let reference = ImageReference(name: name, version: manifest.version) else {
                throw MusterError(.internalFailure, "\(name)@\(manifest.version) is no version")
            }
            return reference
        } catch {
            try? FileTree.remove(staging)
            throw error
        }
    }

    /// All of its chunks are alike, so there is one on the disk.
    private static func root(
        of size: Int64, name: String, in directory: String, stateDirectory: String
    ) async throws -> ImageManifest.Root {
        let path = "\(directory)/root.squashfs"
        try makeEmpty(path, size)
        let key = try ChunkKeys(privateDirectory: "\(stateDirectory)/private").keyForPacking(name) { count in
            (0..<count).map { _ in .random(in: .min ... .max) }
        }
        let store = ImageStore(directory: "\(stateDirectory)/public/images").chunks
        let root = try await RootChunks(store: store, cipher: ChunkCipher(key)).write(path) { _ in }
        try Files.remove(path)
        return root
    }

    private static func makeEmpty(_ path: String, _ size: Int64) throws {
        try Files.write("", to: path)
        guard truncate(path, off_t(size)) == 0 else { throw systemError("cannot make \(path)") }
    }

    private static func files(_ sizes: [String: Int64], in directory: String) throws -> [ImageManifest.File] {
        try FileSync.makePublic(directory)
        return try ImageStore.fileNames.map { name in
            let path = "\(directory)/\(name)"
            try makeEmpty(path, sizes[name] ?? 0)
            try FileSync.makePublic(path)
            let (digest, size) = try FileDigest.ofFile(path)
            return ImageManifest.File(name: name, size: size, digest: digest)
        }
    }
}
