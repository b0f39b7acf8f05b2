import DeploymentModel
import Images
import LinuxSystem
import MusterAPI
import MusterBase
import Profiles
import TestSupport

/// A `public` directory with versions of an image.
struct TestSite {
    let directory: TemporaryDirectory
    let store: ProfileStore

    init() throws {
        directory = try TemporaryDirectory()
        store = try ProfileStore(publicDirectory: directory.path)
        try addVersion(1)
    }

    func addVersion(_ version: Int, architecture: String = "x86_64", disk: ImageManifest.DiskLayout? = nil) throws {
        let image = "images/debian-12"
        var files: [ImageManifest.File] = []
        for name in ImageStore.fileNames {
            try directory.write("\(name) \(version)", to: "\(image)/\(version)/\(name)")
            let (digest, size) = try FileDigest.ofFile("\(directory.path)/\(image)/\(version)/\(name)")
            files.append(ImageManifest.File(name: name, size: size, digest: digest))
        }
        let manifest = ImageManifest(
            name: "debian-12", version: version, architecture: architecture, distribution: "debian",
            distributionVersion: "12", created: Timestamp(seconds: 0), kernelRelease: "6.1",
            recipeDigest: try FileDigest.of([]), files: files,
            root: .init(size: 0, digest: try FileDigest.of([]), chunks: []), parent: nil, packages: [],
            minimalMemory: 0,
            disk: disk)
        try directory.write(
            String(decoding: MusterJSON.encode(manifest), as: UTF8.self), to: "\(image)/\(version).manifest")
    }

    func text(_ path: String) throws -> String { try Files.readText("\(directory.path)/\(path)") }
}
