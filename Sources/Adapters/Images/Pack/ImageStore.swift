import Crypto
import DeploymentModel
import LinuxSystem
import MusterAPI
import MusterBase

/// The versions of images in a directory (`public/images`): `<name>/<version>/` with the files,
/// `<name>/<version>.manifest` and `<name>/<version>.manifest.sig`, and the chunks of their root file systems in `chunks/`.
/// A version is there when its manifest is.
public struct ImageStore: Sendable {
    public let directory: String

    /// The files of a version.
    public static let fileNames = ["kernel", "initramfs"]

    /// The chunks of all versions.
    public var chunks: ChunkStore { ChunkStore(directory: "\(directory)/chunks") }

    /// Tells whether `signature` is the site's for `message`.
    public typealias SignatureCheck = @Sendable (_ message: [UInt8], _ signature: [UInt8]) -> Bool

    public init(directory: String) { self.directory = directory }

    /// Keeps all versions from being removed, until it is released: for who chooses one and then points something at it.
    ///
    /// - Returns: nil when there are no images.
    /// - Throws: ``MusterError`` `conflict` while versions are being removed.
    public func hold() throws -> FileLock? {
        guard Files.isDirectory(directory) else { return nil }
        return try FileLock(in: directory, doing: "removing what no version needs", isShared: true)
    }

    /// The names of images that have a version, sorted. One whose directory cannot be read is among them.
    public func names() throws -> [String] {
        guard Files.isDirectory(directory) else { return [] }
        return try Files.names(in: directory).filter { name in
            guard ImageReference.isValidName(name) else { return false }
            guard let versions = try? versions(of: name) else { return true }
            return !versions.isEmpty
        }
    }

    /// The numbers of an image's versions, ascending; empty when there is no such image.
    public func versions(of name: String) throws -> [Int] {
        let path = "\(directory)/\(name)"
        guard ImageReference.isValidName(name), Files.isDirectory(path) else { return [] }
        return try Files.names(in: path).compactMap { Self.version(file: $0, suffix: ".manifest") }.sorted()
    }

    /// The highest version of an image; nil when there is none.
    public func latest(of name: String) throws -> ImageReference? {
        try versions(of: name).last.flatMap { ImageReference(name: name, version: $0) }
    }

    /// All versions of all images, by name and number.
    public struct Listing: Sendable {
        public var manifests: [ImageManifest] = []
        /// What cannot be read: versions, or whole images.
        public var damaged: [Damage] = []
    }

    /// Something that cannot be read, and why.
    public struct Damage: Sendable, Hashable {
        /// Of the image.
        public var name: String
        /// Nil when it is the whole image.
        public var version: Int?
        public var problem: String

        /// `debian-12@7`, or the image's name.
        public var subject: String { version.map { "\(name)@\($0)" } ?? name }
    }

    /// All versions of all images with their manifests. A damaged one does not hide the others.
    public func list() throws -> Listing {
        var listing = Listing()
        for name in try names() {
            let numbers: [Int]
            do { numbers = try versions(of: name) } catch {
                listing.damaged.append(Damage(name: name, version: nil, problem: "\(error)"))
                continue
            }
            for reference in numbers.compactMap({ ImageReference(name: name, version: $0) }) {
                do { listing.manifests.append(try manifest(reference)) } catch {
                    listing.damaged.append(Damage(name: name, version: reference.version, problem: "\(error)"))
                }
            }
        }
        return listing
    }

    /// The version that a text names: `debian-12@7`, or `debian-12` for the latest. Throws ``MusterError`` `notFound`.
    public func find(_ text: String) throws -> ImageReference {
        if let reference = ImageReference(text) {
            guard Files.exists(manifestPath(reference)) else {
                let known = try versions(of: reference.name).map { "\(reference.name)@\($0)" }
                throw MusterError(
                    .notFound, "there is no version \(reference)",
                    advice: known.isEmpty ? nil : "there are: \(known.joined(separator: ", "))")
            }
            return reference
        }
        guard let latest = try latest(of: text) else {
            let known = try names()
            throw MusterError(
                .notFound, "there is no image '\(text)'",
                advice: known.isEmpty
                    ? "make one: muster image build RECIPE, muster image pack NAME"
                    : "there are: \(known.joined(separator: ", "))")
        }
        return latest
    }

    /// Where the files of a version lie.
    public func path(_ reference: ImageReference) -> String { "\(directory)/\(reference.name)/\(reference.version)" }
    public func manifestPath(_ reference: ImageReference) -> String { path(reference) + ".manifest" }
    public func signaturePath(_ reference: ImageReference) -> String { manifestPath(reference) + ".sig" }

    /// The bytes that are signed.
    public func manifestBytes(_ reference: ImageReference) throws -> [UInt8] {
        try Files.read(manifestPath(reference), limit: 16 << 20)
    }

    private struct Form: Decodable { let schema: Int }

    public func manifest(_ reference: ImageReference) throws -> ImageManifest {
        let bytes = try manifestBytes(reference)
        // The form first: what another form lacks is no fault in it.
        let form = try MusterJSON.decode(Form.self, from: bytes, of: manifestPath(reference)).schema
        guard form == ImageManifest.currentSchema else {
            throw MusterError(
                .unsupported,
                "the manifest of \(reference) is of form \(form), and this Muster knows "
                    + "\(ImageManifest.currentSchema)",
                advice: "pack the image anew: muster image pack \(reference.name)")
        }
        let manifest = try MusterJSON.decode(ImageManifest.self, from: bytes, of: manifestPath(reference))
        guard manifest.name == reference.name, manifest.version == reference.version else {
            throw MusterError(
                .malformed, "the manifest of \(reference) says that it is \(manifest.name)@\(manifest.version)")
        }
        return manifest
    }

    /// The number of a name such as `7.manifest`; nil for another name.
    static func version(file name: String, suffix: String) -> Int? {
        guard name.hasSuffix(suffix), let number = Int(name.dropLast(suffix.count)), number >= 1,
            String(number) == name.dropLast(suffix.count)
        else { return nil }
        return number
    }
}
