import DeploymentModel
import DiskFormats
import LinuxSystem
import MusterBase

/// Makes an archive of the OCI image layout of a version: one layer with its tree as it is in the version, so that the same
/// version gives the same digests.
struct OCIExport: Sendable {
    let manifest: ImageManifest
    let tools: any ToolRunner
    let sandbox: TreeSandbox
    let tree: String
    /// For the layer.
    let directory: String

    func write(to path: String) async throws {
        guard let architecture = OCI.architectures[manifest.architecture] else {
            throw MusterError(.unsupported, "container images know no architecture \(manifest.architecture)")
        }
        let plain = "\(directory)/layer.tar"
        try await sandbox.check(
            .tar,
            [
                "--create", "--file", plain, "--directory", tree, "--sort=name", "--numeric-owner", "--format=posix",
                "--pax-option=exthdr.name=%d/PaxHeaders/%f,delete=atime,delete=ctime", "--xattrs",
                "--xattrs-include=*", "--xattrs-exclude=security.selinux", ".",
            ],
            writable: [directory], doing: "making a layer of \(manifest.reference)")
        let plainDigest = try FileDigest.ofFile(plain).digest
        _ = try await tools.check(.gzip, ["-n", "-f", plain], doing: "compressing the layer")
        let layer = try FileDigest.ofFile("\(plain).gz")
        let configuration = try OCI.encode(configuration(architecture, plainDigest))
        let document = try OCI.encode(
            OCI.Manifest(
                config: descriptor(OCI.MediaType.configuration, configuration),
                layers: [.init(mediaType: OCI.MediaType.layerGzip, digest: layer.digest, size: layer.size)],
                annotations: labels))
        var entry = try descriptor(OCI.MediaType.manifest, document)
        entry.platform = .init(architecture: architecture, os: "linux")
        entry.annotations = ["org.opencontainers.image.ref.name": "\(manifest.name):\(manifest.version)"]
        var archive = OCIArchiveWriter(file: try OutputFile(path, mode: 0o600), date: manifest.created)
        try archive.add("oci-layout", try OCI.encode(OCI.Layout()))
        try archive.add("index.json", try OCI.encode(OCI.Index(manifests: [entry])))
        try archive.add(blob: configuration)
        try archive.add(blob: document)
        try archive.add(blob: layer.digest, file: "\(plain).gz", size: layer.size)
        try archive.finish()
    }

    private func descriptor(_ type: String, _ content: [UInt8]) throws -> OCI.Descriptor {
        OCI.Descriptor(mediaType: type, digest: try FileDigest.of(content), size: Int64(content.count))
    }

    private func configuration(_ architecture: String, _ layer: ContentDigest) -> OCI.Configuration {
        OCI.Configuration(
            created: manifest.created.description, architecture: architecture, os: "linux",
            config: .init(
                environment: ["PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"],
                command: ["/bin/sh"],
                labels: labels),
            rootfs: .init(diffIDs: [layer]),
            history: [.init(created: manifest.created.description, createdBy: "muster image export")])
    }

    /// The annotations of the specification, and the digest that the other ways of the same version go by.
    private var labels: [String: String] {
        [
            "org.opencontainers.image.title": manifest.name,
            "org.opencontainers.image.version": String(manifest.version),
            "org.opencontainers.image.created": manifest.created.description,
            "org.opencontainers.image.revision": manifest.recipeDigest.description,
            "muster.image": manifest.reference.description, "muster.root": manifest.root.digest.description,
        ]
    }
}

/// Writes the files of an image layout into a tar archive.
struct OCIArchiveWriter {
    var file: OutputFile
    let date: Timestamp

    mutating func add(_ path: String, _ content: [UInt8]) throws {
        try file.append(try TarWriting.entry(header(path), content))
    }

    mutating func add(blob content: [UInt8]) throws {
        try add("blobs/sha256/\(try FileDigest.of(content).hex)", content)
    }

    mutating func add(blob digest: ContentDigest, file path: String, size: Int64) throws {
        var header = header("blobs/sha256/\(digest.hex)")
        header.size = UInt64(max(0, size))
        try file.append(try TarWriting.head(header))
        let source = try RandomAccessFile(path)
        var offset: UInt64 = 0
        while offset < header.size {
            let piece = try source.read(at: offset, exactly: Int(min(1 << 20, header.size - offset)))
            try file.append(piece)
            offset += UInt64(piece.count)
        }
        try file.append(TarWriting.padding(header.size))
    }

    mutating func finish() throws { try file.append(TarWriting.end) }

    private func header(_ path: String) -> TarHeader {
        TarHeader(path: path, permissions: 0o644, modificationTime: date.seconds, kind: .file)
    }
}
