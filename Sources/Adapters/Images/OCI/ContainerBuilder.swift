import DeploymentModel
import DiskFormats
import LinuxSystem
import MusterBase

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif

/// Makes the tree of an image from a container image, as the other builds leave it: `pack` takes it from there.
public struct ContainerBuilder: Sendable {
    let stateDirectory: String
    let tools: any ToolRunner
    private let reserve: DiskReserve

    public init(stateDirectory: String, tools: any ToolRunner) {
        self.init(stateDirectory: stateDirectory, tools: tools, reserve: DiskReserve())
    }

    package init(stateDirectory: String, tools: any ToolRunner, reserve: DiskReserve) {
        self.stateDirectory = stateDirectory
        self.tools = tools
        self.reserve = reserve
    }

    /// Builds the tree, in the place of an older one; that one stays when it fails.
    ///
    /// - Parameters:
    ///   - archive: path of an archive of the OCI image layout.
    ///   - architecture: as `uname -m` says it, for an archive of several images.
    /// - Returns: the digest of the container image's manifest, which stands for the recipe.
    /// - Throws: ``MusterError``: `malformed` and `verificationFailed` for an archive that is not as it should be,
    ///   `exhausted` for one that takes more than the disk has.
    public func build(
        _ name: String, from archive: String, architecture: String, progress: @Sendable (String) -> Void = { _ in }
    ) async throws -> ContentDigest {
        let (directory, lock) = try BuiltTree.lock(stateDirectory: stateDirectory, name: name)
        defer { lock.release() }
        _ = try await BuildWorkspace.removeLeftovers(in: directory, tools: tools)
        let container = try OCIArchive(archive)
        let image = try container.image(architecture: OCI.architectures[architecture] ?? architecture)
        guard let machine = OCI.architectures.first(where: { $0.value == image.configuration.architecture })?.key else {
            throw MusterError(.unsupported, "the container image is for \(image.configuration.architecture)")
        }
        let work = "\(directory)/\(BuildWorkspace.prefix)\(hexText(try KernelRandom.bytes(8)))"
        try Files.createDirectory(work, mode: 0o700)
        defer { try? FileTree.remove(work) }
        let date = try await write(image, of: container, in: work, progress)
        let packages = try await packages(of: TreeArchive("\(work)/tree.tar"), in: work, date: date, progress)
        try BuiltTree(
            name: name, recipeDigest: image.digest, distribution: "linux", suite: "", architecture: machine,
            created: date, sources: ["oci-archive \(FilePathText.lastComponent(of: archive)) \(image.digest)"],
            packages: packages
        ).publish("\(work)/tree.tar", directory: directory)
        return image.digest
    }

    /// Those of rpm; nil when there is no such list, or it cannot be read here: then the packages of a version that is made
    /// of the tree are not known.
    private func packages(
        of tree: TreeArchive, in work: String, date: Timestamp, _ progress: (String) -> Void
    ) async throws -> [ImageManifest.Package]? {
        do {
            return try await ContainerPackages(tools: tools, reserve: reserve, date: date).read(from: tree, in: work)
        } catch let error as MusterError where error.code != .cancelled && error.code != .exhausted {
            progress("the packages cannot be listed, so that versions of this tree will have none: \(error)")
            return nil
        }
    }

    /// - Returns: the date of the image: what it says, else that of its newest file.
    private func write(
        _ image: OCIArchive.Image, of container: OCIArchive, in work: String, _ progress: (String) -> Void
    ) async throws -> Timestamp {
        var layers: [TreeArchive] = []
        var merge = LayerMerge()
        for (index, layer) in image.manifest.layers.enumerated() {
            progress("layer \(index + 1) of \(image.manifest.layers.count)")
            let path = "\(work)/layer-\(index)"
            try await unpack(layer, of: container, to: path)
            guard try FileDigest.ofFile(path).digest == image.configuration.rootfs.diffIDs[index] else {
                throw MusterError(.verificationFailed, "layer \(index + 1) of the container image is not what it says")
            }
            let tree = try TreeArchive(path)
            try merge.add(tree.entries)
            layers.append(tree)
        }
        progress("tree")
        let file = try ReservingFile("\(work)/tree.tar", reserve: reserve)
        var newest: Int64 = 0
        try merge.writeAll { header, attributes, piece in
            newest = max(newest, header.modificationTime)
            try file.append(try TarWriting.head(header, attributes: attributes))
            guard let piece else { return }
            let size = header.size
            var offset: UInt64 = 0
            while offset < size {
                let count = Int(min(1 << 20, size - offset))
                try file.append(try layers[piece.layer].content(of: piece.entry, from: offset, count: count))
                offset += UInt64(count)
            }
            try file.append(TarWriting.padding(size))
        }
        try file.append(TarWriting.end)
        return image.configuration.created.flatMap { Timestamp($0) } ?? Timestamp(seconds: newest)
    }

    private func unpack(_ layer: OCI.Descriptor, of container: OCIArchive, to path: String) async throws {
        let type = layer.mediaType
        try reserve.require(layer.size, in: FilePathText.parent(of: path))
        if type.hasSuffix("gzip") {
            try await decompress(layer, of: container, by: .gzip, to: path)
        } else if type.hasSuffix("zstd") {
            try await decompress(layer, of: container, by: .zstd, to: path)
        } else if type.hasSuffix("tar") {
            try container.extract(layer, to: path)
        } else {
            throw MusterError(.unsupported, "a layer of the container image is of the kind '\(type)'")
        }
    }

    /// A few octets may unpack to more than any disk has.
    private func decompress(
        _ layer: OCI.Descriptor, of container: OCIArchive, by tool: Tool, to path: String
    ) async throws {
        let packed = "\(path).packed"
        try container.extract(layer, to: packed)
        let file = try ReservingFile(path, reserve: reserve)
        let options = ToolOptions(outputSink: { try file.append($0) })
        _ = try await tools.check(tool, ["-d", "-q", "-c", packed], options, doing: "unpacking a layer")
        try Files.remove(packed)
    }
}
