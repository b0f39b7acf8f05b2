import Crypto
import LinuxSystem
import Media
import MusterAPI
import MusterBase
import OSFamilies

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif

/// One import, of a medium that was recognised. The caller holds the store's lock.
struct MediumImport {
    let importer: MediumImporter
    let source: any MediumSource
    let scan: MediumScan
    let medium: MediumDescription
    let name: String
    private let reading: MediumReading
    private var store: MediaStore { importer.store }

    init(importer: MediumImporter, source: any MediumSource, scan: MediumScan, medium: MediumDescription, name: String?)
    {
        self.importer = importer
        self.source = source
        self.scan = scan
        self.medium = medium
        self.name = name ?? medium.defaultName
        reading = MediumReading(source: source, scan: scan, medium: medium)
    }

    func run(_ progress: @escaping MediumImporter.Progress) async throws -> MediumImporter.Outcome {
        let signatures = try await signatureCheck.lists(of: medium, scan, temporaryDirectory: store.directory)
        let staging = "\(store.directory)/\(MediaStore.staging)\(hexText(try KernelRandom.bytes(8)))"
        try Files.createDirectory(staging, mode: 0o700)
        do {
            return try await run(in: staging, signatures, progress)
        } catch {
            _ = try? store.discard([staging])
            throw error
        }
    }

    private var signatureCheck: SignatureCheck { importer.signatureCheck(of: medium) }

    private func run(
        in staging: String, _ signatures: [MediumVerification.Signature], _ progress: @escaping MediumImporter.Progress
    ) async throws -> MediumImporter.Outcome {
        let worker = DigestWorker()
        let writer = TreeWriter(root: staging, content: store.content, worker: worker)
        var verification = try reading.run(
            worker: worker, writer: writer, signatures: signatures,
            room: { try importer.limits.requireSpace(for: 0, in: store.directory) },
            progress: { progress("importing \(name)", $0) })
        try writer.finish()
        verification.signedFiles = try await signatureCheck.files(of: medium, scan.listing, in: staging)
        try requireBootFiles(in: staging)
        let digest = try TreeDigest.of(writer)
        if let present = try present(digest) {
            let mended = try mend(staging, writer)
            try FileTree.remove(staging)
            return .init(record: present, isNew: false, mended: mended)
        }
        let image = try copyImage(writer, progress)
        let record = MediumRecord(
            name: name, medium, image: image, source: source.name, imported: importer.clock.now(), files: scan.files,
            size: scan.octets, digest: digest, verification: verification)
        progress("bringing \(name) to the disk", 0)
        let mended = try publish(record, staging, writer)
        return .init(record: record, isNew: true, mended: mended)
    }

    private func requireBootFiles(in staging: String) throws {
        for path in [medium.kernel].compactMap({ $0 }) + medium.initramfs where !Files.exists("\(staging)/\(path)") {
            throw MusterError(.malformed, "\(source.name) changed while it was read: \(path) has gone")
        }
    }

    /// The medium that has the name; nil when there is none.
    private func present(_ digest: ContentDigest) throws -> MediumRecord? {
        guard store.exists(name) else { return nil }
        if let record = try? store.record(name), record.digest == digest { return record }
        throw MusterError(
            .alreadyExists, "there is another medium of the name \(name) already: media are never changed",
            advice: "give this one a name: --name NAME; or remove the other: muster media remove \(name)")
    }

    private func copyImage(_ writer: TreeWriter, _ progress: @escaping MediumImporter.Progress) throws -> String? {
        guard medium.needsImage, let path = source.imagePath, let size = Files.size(path) else { return nil }
        try importer.limits.requireSpace(for: size, in: store.directory)
        let file = DirectorySource(FilePathText.parent(of: path))
        let entry = MediumEntry(
            path: MediaStore.imagePath, kind: .file, size: size, modified: importer.clock.now().seconds)
        var done: Int64 = 0
        _ = try writer.writeFile(entry, also: []) { take in
            try file.read(path, size: size) {
                try Task.checkCancellation()
                try take($0)
            }
        } wrote: {
            done += $0
            progress("keeping the image of \(name)", Double(done) / Double(max(1, size)))
        }
        return MediaStore.imagePath
    }

    /// All content to the disk, then the content's own names, then the medium's: whoever is killed in between leaves what the
    /// next one removes.
    ///
    /// - Returns: as ``mend(_:_:)``.
    private func publish(_ record: MediumRecord, _ staging: String, _ writer: TreeWriter) throws -> [String] {
        try writer.makeDirectory(EntryName.reserved)
        for (path, bytes) in [
            (MediaStore.sumsPath, TreeDigest.sums(writer)),
            (MediaStore.recordPath, try MusterJSON.encode(record, pretty: true) + [UInt8(ascii: "\n")]),
        ] { try Files.write(bytes, to: "\(staging)/\(path)", mode: 0o444) }
        try Files.setMode(staging, 0o755)
        try Task.checkCancellation()
        try AtomicFile.syncFileSystem(of: store.directory)
        let mended = try mend(staging, writer)
        for (digest, path) in writer.fresh { try store.content.add("\(staging)/\(path)", digest) }
        guard rename(staging, store.path(name)) == 0 else {
            throw systemError("cannot give the medium its name \(store.path(name))")
        }
        try AtomicFile.syncDirectory(of: store.path(name))
        return mended
    }

    /// Puts what was just read in the place of stored contents that were damaged.
    ///
    /// - Returns: the files whose contents they are, sorted.
    private func mend(_ staging: String, _ writer: TreeWriter) throws -> [String] {
        let files = writer.fresh.filter { writer.damaged.contains($0.key) }
        guard !files.isEmpty else { return [] }
        try AtomicFile.syncFileSystem(of: store.directory)
        try store.mend(files.mapValues { "\(staging)/\($0)" })
        return files.values.sorted()
    }
}

/// What a tree is as a whole.
enum TreeDigest {
    /// Of names, contents and links; not of times.
    static func of(_ writer: TreeWriter) throws(MusterError) -> ContentDigest {
        var hash = SHA256()
        hash.update(data: sums(writer))
        for (path, target) in writer.links.sorted(by: { $0.key < $1.key }) {
            hash.update(data: Array("\(path.text)\n-> \(target)\n".utf8))
        }
        guard let digest = ContentDigest(octets: hash.finalize()) else {
            throw MusterError(.internalFailure, "a SHA-256 digest is not 32 octets long")
        }
        return digest
    }

    /// As sha256sum(1) writes and checks them.
    static func sums(_ writer: TreeWriter) -> [UInt8] {
        let backslash = UInt8(ascii: "\\")
        var octets: [UInt8] = []
        for (path, file) in writer.files.sorted(by: { $0.key < $1.key }) {
            let isPlain = !path.octets.contains(backslash)
            octets += "\(isPlain ? "" : "\\")\(file.digest.hex)  ".utf8
            octets += isPlain ? path.octets : path.octets.flatMap { $0 == backslash ? [$0, $0] : [$0] }
            octets.append(UInt8(ascii: "\n"))
        }
        return octets
    }
}
