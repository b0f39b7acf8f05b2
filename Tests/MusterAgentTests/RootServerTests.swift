import DeploymentModel
import Foundation
import Glibc
import ImageChunks
import LinuxSystem
import MusterAgent
import MusterBase
import TestSupport
import Testing

/// The agent beside the tests' bundle.
private let agent: String? = CommandLine.arguments.first { $0.hasSuffix(".xctest") }
    .map { FilePathText.parent(of: $0) + "/muster-agent" }

@Suite(
    "The process that serves a root file system",
    .enabled(
        if: isFUSEThere && agent.map { Files.exists($0) } == true, "needs root, /dev/fuse and a built muster-agent"))
struct RootServerTests {
    private let directory: TemporaryDirectory
    private let executable: String

    init() throws {
        directory = try TemporaryDirectory()
        executable = try #require(agent)
        try directory.makeDirectory("root")
        try directory.makeDirectory("status")
    }

    /// Of chunks that no member has.
    private func parameters() throws -> RootServerParameters {
        let digest = try #require(ContentDigest(octets: [UInt8](repeating: 7, count: 32)))
        let chunk = ImageManifest.Chunk(size: 100_000, digest: digest)
        return RootServerParameters(
            chunks: [chunk, chunk], members: ["127.0.0.1:1"], authority: TestCertificates.authority,
            key: try key(),
            mountPoint: directory.path("root"), statusDirectory: directory.path("status"))
    }

    private func key() throws -> ChunkKey { try #require(ChunkKey([UInt8](0..<32))) }

    private func text(_ process: Int32, _ name: String) throws -> String {
        try Files.readText("/proc/\(process)/\(name)", limit: 65_536)
    }

    /// CAP_SYS_RESOURCE: root in a container may lack it.
    private func mayProtectItself() throws -> Bool {
        let line = try text(getpid(), "status").split(separator: "\n").first { $0.hasPrefix("CapEff:") }
        let capabilities = line.flatMap { UInt64($0.split(separator: "\t").last ?? "", radix: 16) } ?? 0
        return capabilities & 1 << 24 != 0
    }

    @Test("it is named so that systemd spares it, ignores SIGTERM, is not chosen when memory is short, and waits")
    func lives() async throws {
        let server = try await RootServer.start(try parameters(), executable: executable)
        let process = server.process
        let root = directory.path("root")
        let file = root + "/root.squashfs"
        #expect(try text(process, "cmdline") == "@muster-root\0serve-root\0")
        #expect(try text(process, "comm") == "muster-root\n")
        let own = try text(getpid(), "oom_score_adj")
        #expect(try text(process, "oom_score_adj") == (try mayProtectItself() ? "-1000\n" : own))
        #expect(try text(process, "environ") == "")
        let status = try text(process, "status")
        #expect(!status.contains("VmLck:\t       0 kB"))
        for signal in [SIGTERM, SIGHUP, SIGINT, SIGPIPE] { #expect(kill(process, signal) == 0) }
        let read = Task { try await onThread { try readFile(file, at: 0, count: 1) } }
        let told = directory.path("status/tethered.json")
        try await waitForState(otherwise: "no status", every: .milliseconds(20)) { Files.exists(told) ? true : nil }
        let size = try await onThread {
            var status = stat()
            return stat(file, &status) == 0 ? status.st_size : -1
        }
        #expect(size == 200_000)
        Mounts.abandon(root)
        #expect(try await onThread { try ChildProcess.wait(process) } == 0)
        await #expect(throws: MusterError.self) { try await read.value }
        #expect(!Mounts.isMountPoint(root))
    }

    @Test("a disk that it is given is made to keep chunks, once it was told that there will be one")
    func takesDisk() async throws {
        var told = try parameters()
        told.disk = .all
        let disk = directory.path("disk")
        let descriptor = open(disk, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        #expect(descriptor >= 0 && ftruncate(descriptor, 8 << 20) == 0)
        let server = try await RootServer.start(told, executable: executable)
        try server.give(disk: descriptor)
        close(descriptor)
        try await waitForState(otherwise: "no table on the disk", every: .milliseconds(20)) {
            try Files.read(disk, limit: 16 << 20).starts(with: Array("MUSTER CHUNKS 1\n".utf8)) ? true : nil
        }
        Mounts.abandon(directory.path("root"))
        #expect(try await onThread { try ChildProcess.wait(server.process) } == 0)
    }

    @Test("what is wrong comes back in words, and no process stays")
    func fails() async throws {
        var wrong = try parameters()
        wrong.mountPoint = directory.path("nothing")
        let noDirectory = await awaitedError { _ = try await RootServer.start(wrong, executable: executable) }
        #expect(noDirectory?.message.contains("cannot mount fuse on \(directory.path("nothing"))") == true)
        wrong = try parameters()
        wrong.members = ["somewhere"]
        let noMember = await awaitedError { _ = try await RootServer.start(wrong, executable: executable) }
        #expect(noMember?.message.contains("are not all IP:port") == true)
        let noProgram = await awaitedError { _ = try await RootServer.start(wrong, executable: "/nothing") }
        #expect(noProgram?.code == .notFound)
    }

    @Test("what it is told comes back as it was")
    func parametersInJSON() throws {
        let parameters = RootServerParameters(
            chunks: try parameters().chunks, members: ["10.0.0.1:443"], authority: "PEM",
            key: try key(), mountPoint: "/m", recordedOrder: [3, 1], fillDirectory: "/f")
        let read = try JSONDecoder().decode(RootServerParameters.self, from: JSONEncoder().encode(parameters))
        #expect(
            read.chunks == parameters.chunks && read.recordedOrder == [3, 1] && read.settings == parameters.settings)
        #expect(try read.chunkKey().octets.reveal() == [UInt8](0..<32))
        var broken = read
        broken.key = "xyz"
        #expect(throws: MusterError.self) { try broken.chunkKey() }
    }
}
