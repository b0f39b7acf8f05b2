import DiskFormats
import LinuxSystem
import MusterBase

/// An archive of the OCI image layout, from anywhere. Nothing of it is believed that its digests do not bear out.
struct OCIArchive: Sendable {
    private let archive: TreeArchive

    /// Of JSON documents; the specification wants 4 MiB to be enough.
    private static let longestDocument: Int64 = 4 << 20
    private static let mostLayers = 512

    /// One image of it.
    struct Image: Sendable {
        let digest: ContentDigest
        let manifest: OCI.Manifest
        let configuration: OCI.Configuration
    }

    init(_ path: String) throws { archive = try TreeArchive(path) }

    /// The image for an architecture, in the specification's words; the only one when there is no choice.
    ///
    /// - Throws: ``MusterError``: `malformed`, `verificationFailed`, `notFound` when none is for this architecture.
    func image(architecture: String) throws -> Image {
        guard let entry = archive.entry("index.json") else {
            throw MusterError(
                .malformed, "the file is no archive of an OCI image: it has no index.json",
                advice: "make one: skopeo copy docker://IMAGE oci-archive:FILE")
        }
        let index: OCI.Index = try OCI.decode(try document(entry), of: "the index")
        let found = try manifests(of: index, depth: 0)
        let images = try found.map { try image($0) }.filter { $0.configuration.os == "linux" }
        if images.count == 1, let only = images.first { return only }
        guard let image = images.first(where: { $0.configuration.architecture == architecture }) else {
            let known = Set(images.map(\.configuration.architecture)).sorted().joined(separator: ", ")
            throw MusterError(
                .notFound, "the container image is not for \(architecture)",
                advice: known.isEmpty ? nil : "it is for \(known)")
        }
        return image
    }

    /// The manifests that an index leads to, also by way of others; not the attestations that builders put beside them.
    private func manifests(of index: OCI.Index, depth: Int) throws -> [OCI.Descriptor] {
        guard depth < 4, index.manifests.count <= 256 else {
            throw MusterError(.malformed, "the container image has too many indexes")
        }
        return try index.manifests.flatMap { descriptor -> [OCI.Descriptor] in
            switch descriptor.mediaType {
            case OCI.MediaType.manifest, OCI.MediaType.dockerManifest:
                return descriptor.platform?.os == "unknown" ? [] : [descriptor]
            case OCI.MediaType.index, OCI.MediaType.dockerList:
                let inner: OCI.Index = try OCI.decode(try blob(descriptor), of: "an index")
                return try manifests(of: inner, depth: depth + 1)
            default: return []
            }
        }
    }

    private func image(_ descriptor: OCI.Descriptor) throws -> Image {
        let manifest: OCI.Manifest = try OCI.decode(try blob(descriptor), of: "the manifest")
        let configuration: OCI.Configuration = try OCI.decode(try blob(manifest.config), of: "the configuration")
        guard manifest.layers.count == configuration.rootfs.diffIDs.count, manifest.layers.count <= Self.mostLayers
        else { throw MusterError(.malformed, "the container image has not the layers that its configuration names") }
        return Image(digest: descriptor.digest, manifest: manifest, configuration: configuration)
    }

    private func document(_ entry: TreeEntry) throws -> [UInt8] {
        guard entry.header.size <= UInt64(Self.longestDocument) else {
            throw MusterError(.malformed, "\(entry.path) of the container image has \(entry.header.size) octets")
        }
        return try archive.content(of: entry)
    }

    private func blob(_ descriptor: OCI.Descriptor) throws -> [UInt8] {
        let content = try document(try entry(descriptor))
        guard try FileDigest.of(content) == descriptor.digest else { throw Self.damaged(descriptor) }
        return content
    }

    private func entry(_ descriptor: OCI.Descriptor) throws -> TreeEntry {
        guard let entry = archive.entry(at: "blobs/sha256/\(descriptor.digest.hex)"), case .file = entry.header.kind
        else { throw MusterError(.notFound, "the container image lacks its blob \(descriptor.digest)") }
        guard entry.header.size == UInt64(exactly: descriptor.size) else { throw Self.damaged(descriptor) }
        return entry
    }

    /// Writes a layer, as it is stored, to a file.
    func extract(_ layer: OCI.Descriptor, to path: String) throws {
        let entry = try entry(layer)
        var file = try OutputFile(path, mode: 0o600)
        while file.position < entry.header.size {
            let count = Int(min(1 << 20, entry.header.size - file.position))
            try file.append(try archive.content(of: entry, from: file.position, count: count))
        }
        guard try FileDigest.ofFile(path).digest == layer.digest else { throw Self.damaged(layer) }
    }

    private static func damaged(_ descriptor: OCI.Descriptor) -> MusterError {
        MusterError(.verificationFailed, "the container image's blob \(descriptor.digest) is damaged")
    }
}
