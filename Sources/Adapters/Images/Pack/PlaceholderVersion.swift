import DeploymentModel
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
        "kernel": 14_186_432, "initramfs": 1_662_464, "root.squashfs": 88_313_856,
    ]

    /// Publishes the image's next version.
    ///
    /// - Parameter sizes: octets of each of ``ImageStore/fileNames``.
    public static func publish(
        _ name: String, sizes: [String: Int64] = usualSizes, stateDirectory: String, created: Timestamp,
        sign: ImagePacker.Sign
    ) throws -> ImageReference {
        let store = ImageStore(directory: "\(stateDirectory)/public/images")
        try Files.createDirectory(BuiltTree.directory(stateDirectory: stateDirectory, name: name))
        let publishing = try VersionPublishing(store: store, stateDirectory: stateDirectory, name: name)
        let staging = try publishing.createStaging()
        do {
            let manifest = ImageManifest(
                name: name, version: try publishing.nextVersion(), architecture: "x86_64", distribution: "debian",
                distributionVersion: "12", created: created, kernelRelease: "6.1.0-42-cloud-amd64",
                recipeDigest: try FileDigest.of([]), files: try files(sizes, in: staging), packages: [],
                minimalMemory: 1 << 30)
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

    private static func files(_ sizes: [String: Int64], in directory: String) throws -> [ImageManifest.File] {
        try FileSync.makePublic(directory)
        return try ImageStore.fileNames.map { name in
            let path = "\(directory)/\(name)"
            try Files.write("", to: path)
            guard truncate(path, off_t(sizes[name] ?? 0)) == 0 else { throw systemError("cannot make \(path)") }
            try FileSync.makePublic(path)
            let (digest, size) = try FileDigest.ofFile(path)
            return ImageManifest.File(name: name, size: size, digest: digest)
        }
    }
}
