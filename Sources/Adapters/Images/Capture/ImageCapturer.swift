import Crypto
import DeploymentModel
import DiskFormats
import LinuxSystem
import MusterAPI
import MusterBase

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif

/// Takes the system of a running machine as the built tree of an image: over ssh, with nothing installed on it.
public struct ImageCapturer: Sendable {
    private let stateDirectory: String
    private let tools: any ToolRunner
    private let clock: WallClock

    public init(stateDirectory: String, tools: any ToolRunner, clock: WallClock) {
        self.stateDirectory = stateDirectory
        self.tools = tools
        self.clock = clock
    }

    /// What came of it.
    public struct Result: Sendable {
        public var machine: CapturedMachine
        /// Mount points that were read from a snapshot; all others were read as they were.
        public var snapshots: [String]
        /// Files that changed each time that they were read, as paths in the tree.
        public var unsteady: [String]
        /// Of the archive, in octets.
        public var size: UInt64
    }

    /// How often files that changed while they were read are read again.
    private static let rounds = 3
    /// More than that many that change are not read one by one.
    private static let changedLimit = 10_000

    /// Captures a machine in the place of an older tree of the image; that one stays when something fails.
    ///
    /// - Parameters:
    ///   - source: who is captured, for the record: the node's name.
    ///   - progress: called with the octets that came so far, and how many there are about.
    /// - Throws: ``MusterError``: `unavailable` when ssh does not get there, `unsupported` for a machine that cannot be
    ///   captured, `exhausted` when the disk is full, `conflict` when the image is being built or packed.
    public func capture(
        _ target: CaptureTarget, as name: String, source: String,
        progress: @escaping @Sendable (_ octets: UInt64, _ total: UInt64) -> Void = { _, _ in }
    ) async throws -> Result {
        let (directory, lock) = try BuiltTree.lock(stateDirectory: stateDirectory, name: name)
        defer { lock.release() }
        let shell = CaptureShell(target: target, tools: tools)
        let machine = try CapturedMachine(
            description: try await shell.check(CaptureScripts.describe, doing: "asking \(source) what it is made of"))
        let partial = "\(directory)/capture.partial.tar"
        // With the lock, what is there is of a capture that was killed.
        try Files.remove(partial)
        defer { try? Files.remove(partial) }
        let file = try CaptureFile(partial)
        // What a machine says of itself may be anything.
        let total = machine.archived.reduce(UInt64(0)) { min($0, 1 << 62) + UInt64(max(0, $1.used)) }
        let reading = CaptureReading(shell: shell, machine: machine, file: file, source: source)
        var outcome = try await reading.all { progress($0, total) }
        for _ in 0..<Self.rounds where !outcome.changed.isEmpty && outcome.changed.count <= Self.changedLimit {
            try file.cut(at: try TreeArchive(partial).endOffset)
            let again = try await reading.again(outcome.changed)
            outcome.changed = again.changed
            outcome.unnamed += again.unnamed
        }
        let tree = try TreeArchive(partial)
        guard tree.entry("etc/os-release") != nil else {
            throw MusterError(.malformed, "what came from \(source) is no root file system: it has no /etc/os-release")
        }
        _ = try KernelFiles.find(in: tree)
        try settleFileSystemTable(of: machine, tree, file)
        try publish(machine, name: name, source: source, archive: partial, directory: directory)
        return Result(
            machine: machine, snapshots: outcome.snapshots, unsteady: outcome.changed + outcome.unnamed, size: file.size
        )
    }

    /// Takes the machine's own disks out of fstab: another machine would wait for them.
    private func settleFileSystemTable(of machine: CapturedMachine, _ tree: TreeArchive, _ file: CaptureFile) throws {
        guard let entry = tree.entry("etc/fstab"), entry.header.kind == .file else { return }
        let lines = FileSystemTable.lines(
            of: String(decoding: try tree.content(of: entry), as: UTF8.self),
            without: Set(machine.fileSystems.map(\.mountPoint)), withSwap: false)
        var header = entry.header
        header.path = "./\(entry.path)"
        try file.cut(at: tree.endOffset)
        let content = Array(lines.map { $0 + "\n" }.joined().utf8)
        try file.append(TarWriting.entry(header, content, attributes: entry.attributes) + TarWriting.end)
    }

    private func publish(
        _ machine: CapturedMachine, name: String, source: String, archive: String, directory: String
    ) throws {
        let description = try MusterJSON.encode(machine, pretty: true)
        guard let digest = ContentDigest(octets: SHA256.hash(data: description)) else {
            throw MusterError(.internalFailure, "SHA-256 gives no digest")
        }
        try AtomicFile.write(description, to: CapturedMachine.path(in: directory), mode: 0o600)
        try BuiltTree(
            name: name, recipeDigest: digest, distribution: machine.distribution,
            suite: machine.distributionVersion, architecture: machine.architecture, created: clock.now(),
            sources: ["captured from \(source)"], packages: machine.packages,
            disk: machine.diskLayout
        ).publish(archive, directory: directory)
    }
}

extension CapturedMachine {
    /// In a built tree's directory.
    static func path(in directory: String) -> String { "\(directory)/captured.json" }

    /// The file systems whose files come along. What is on the EFI system partition is made anew with each boot loader.
    package var archived: [FileSystem] { fileSystems.filter { !($0.type == "vfat" && $0.mountPoint.hasSuffix("efi")) } }
}
