import DeploymentModel
import LinuxSystem
import MusterAPI
import MusterBase

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif

/// Brings a version into sight, at once and whole. The caller holds the image's lock.
struct VersionPublishing {
    let store: ImageStore
    let stateDirectory: String
    let name: String
    private let directory: String

    private static let stagingPrefix = ".packing-"

    init(store: ImageStore, stateDirectory: String, name: String) throws {
        self.store = store
        self.stateDirectory = stateDirectory
        self.name = name
        directory = "\(store.directory)/\(name)"
        try Files.createDirectory(directory)
        try FileSync.makePublic(directory)
    }

    /// Removes what a killed run left: its working directory, files of a version that never got its manifest, and
    /// unfinished writes.
    func removeLeftovers() throws {
        for file in try Files.names(in: directory) {
            let isStaging = file.hasPrefix(Self.stagingPrefix) || file.hasSuffix(".tmp")
            let version = Int(file) ?? ImageStore.version(file: file, suffix: ".manifest.sig")
            let isOrphan = version.map { !Files.exists("\(directory)/\($0).manifest") } ?? false
            if isStaging || isOrphan { try FileTree.remove("\(directory)/\(file)") }
        }
    }

    func createStaging() throws -> String {
        let random = UInt64.random(in: .min ... .max)
        let path = "\(directory)/\(Self.stagingPrefix)\(hexText(withUnsafeBytes(of: random) { Array($0) }))"
        try Files.createDirectory(path)
        return path
    }

    /// One more than any version that there is or ever was: a number never comes to mean something else.
    func nextVersion() throws -> Int {
        let last = try? Files.readText(counterPath, limit: 64)
        let counted = last.flatMap { Int($0.filter { $0 != "\n" }) } ?? 0
        return max(try store.versions(of: name).last ?? 0, counted) + 1
    }

    /// The latest version when it differs from `manifest` in nothing but its number and its parent.
    func latest(sameAs manifest: ImageManifest) throws -> ImageManifest? {
        guard let reference = try store.latest(of: name), var latest = try? store.manifest(reference)
        else { return nil }
        let found = latest
        latest.version = manifest.version
        latest.parent = manifest.parent
        return latest == manifest ? found : nil
    }

    /// The files first, the signature next, the manifest last.
    func publish(_ manifest: ImageManifest, staging: String, sign: ImagePacker.Sign) throws {
        guard let reference = ImageReference(name: name, version: manifest.version) else {
            throw MusterError(.internalFailure, "\(name)@\(manifest.version) is no version")
        }
        let bytes = try MusterJSON.encode(manifest) + [UInt8(ascii: "\n")]
        let signature = hexText(try sign(bytes)) + "\n"
        try AtomicFile.write("\(manifest.version)\n", to: counterPath)
        guard rename(staging, store.path(reference)) == 0 else {
            throw systemError("cannot publish \(store.path(reference))")
        }
        do {
            try AtomicFile.write(signature, to: store.signaturePath(reference))
            try AtomicFile.write(bytes, to: store.manifestPath(reference))
        } catch {
            // It may be in place already: a version is there when its manifest is.
            try? Files.remove(store.manifestPath(reference))
            try? FileTree.remove(store.path(reference))
            try? Files.remove(store.signaturePath(reference))
            throw error
        }
    }

    private var counterPath: String {
        "\(BuiltTree.directory(stateDirectory: stateDirectory, name: name))/last-version"
    }
}
