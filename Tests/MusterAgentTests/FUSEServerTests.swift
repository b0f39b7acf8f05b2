import FUSEWire
import Foundation
import Glibc
import LinuxSystem
import MusterAgent
import MusterBase
import Synchronization
import TestSupport
import Testing

/// Whether this process may mount a file system of its own: root, with /dev/fuse.
let isFUSEThere = geteuid() == 0 && access("/dev/fuse", R_OK | W_OK) == 0

/// Runs what blocks on a thread of its own: on those of Swift's pool it could wait for itself.
func onThread<Result: Sendable>(_ body: @escaping @Sendable () throws -> Result) async throws -> Result {
    try await withCheckedThrowingContinuation { continuation in
        Thread { continuation.resume(with: Swift.Result { try body() }) }.start()
    }
}

/// The octets of a file from an offset on, as pread(2) gives them.
func readFile(_ path: String, at offset: Int64, count: Int) throws -> [UInt8] {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { throw systemError("cannot open \(path)") }
    defer { close(descriptor) }
    var octets = [UInt8](repeating: 0, count: count)
    var filled = 0
    while filled < count {
        let got = octets.withUnsafeMutableBytes {
            pread(descriptor, $0.baseAddress.map { $0 + filled }, count - filled, off_t(offset) + off_t(filled))
        }
        guard got >= 0 else { throw systemError("cannot read \(path)") }
        if got == 0 { break }
        filled += got
    }
    return Array(octets.prefix(filled))
}

/// Answers that are not given yet.
private final class HeldAnswers: Sendable {
    private let answers = Mutex<[@Sendable () -> Void]>([])

    var count: Int { answers.withLock { $0.count } }

    func add(_ answer: @escaping @Sendable () -> Void) { answers.withLock { $0.append(answer) } }

    /// Gives the one that was asked for last; false when there is none.
    func giveLast() -> Bool {
        let last = answers.withLock { $0.popLast() }
        last?()
        return last != nil
    }
}

@Suite("FUSE server", .enabled(if: isFUSEThere, "needs root and /dev/fuse"))
struct FUSEServerTests {
    /// Mounts a file with this content for the time of `body`, which gets the file's path.
    private func withFile(
        _ content: [UInt8], reader: FUSEServer.Reader? = nil, _ body: (String) async throws -> Void
    ) async throws {
        let directory = try TemporaryDirectory()
        let fromMemory: FUSEServer.Reader = { offset, count, answer in
            answer([content[Int(offset)..<Int(offset) + count]])
        }
        let file = try FUSEFile(name: "root.squashfs", size: Int64(content.count), time: 1_700_000_000)
        let server = try FUSEServer(file, at: directory.path, reader: reader ?? fromMemory)
        do {
            try await body(directory.path + "/root.squashfs")
        } catch {
            server.unmount()
            throw error
        }
        server.unmount()
        await server.waitForEnd()
        #expect(!Mounts.isMountPoint(directory.path))
        #expect(try Files.names(in: directory.path) == [])
    }

    @Test("the whole file, its name and its attributes are there, and nothing can be written")
    func whole() async throws {
        let content = distinctOctets(5_000_001)
        try await withFile(content) { path in
            try await onThread { () throws -> Void in
                #expect(try Files.names(in: FilePathText.parent(of: path)) == ["root.squashfs"])
                var status = stat()
                #expect(stat(path, &status) == 0)
                #expect((status.st_size, status.st_mode, status.st_mtim.tv_sec) == (5_000_001, 0o100400, 1_700_000_000))
                #expect(try readFile(path, at: 0, count: 6_000_000) == content)
                #expect(open(path, O_WRONLY) == -1 && errno == EROFS)
                #expect(open(path + "x", O_RDONLY) == -1 && errno == ENOENT)
                #expect(unlink(path) == -1 && errno == EROFS)
            }
        }
    }

    @Test("answers may come out of order, and from other threads")
    func outOfOrder() async throws {
        let content = distinctOctets(1 << 20)
        let held = HeldAnswers()
        let reader: FUSEServer.Reader = { offset, count, answer in
            let half = Int(offset) + count / 2
            let parts = [content[Int(offset)..<half], content[half..<Int(offset) + count]]
            held.add { answer(parts) }
        }
        try await withFile(content, reader: reader) { path in
            async let first = onThread { try readFile(path, at: 0, count: 4096) }
            try await waitForState(otherwise: "no request for the beginning") { held.count == 1 ? true : nil }
            async let second = onThread { try readFile(path, at: 900_000, count: 4096) }
            try await waitForState(otherwise: "no request for the rest") { held.count > 1 ? true : nil }
            let answering = Task {
                while !Task.isCancelled {
                    if !held.giveLast() { await Task.yield() }
                }
            }
            #expect(try await second == Array(content[900_000..<904_096]))
            #expect(try await first == Array(content[..<4096]))
            answering.cancel()
        }
    }

    @Test("whoever waits for a file system that is taken away gets an error")
    func takenAway() async throws {
        let asked = Mutex(false)
        let directory = try TemporaryDirectory()
        let file = try FUSEFile(name: "root.squashfs", size: 1 << 20)
        let server = try FUSEServer(file, at: directory.path) { _, _, _ in asked.withLock { $0 = true } }
        let path = directory.path + "/root.squashfs"
        let octets = Task { try await onThread { try readFile(path, at: 0, count: 1) } }
        try await waitForState(otherwise: "nothing asked") { asked.withLock { $0 } ? 1 : nil }
        server.unmount()
        await server.waitForEnd()
        let error = await awaitedError { _ = try await octets.value }
        #expect(error?.code == .systemFailure)
        #expect(!Mounts.isMountPoint(directory.path))
    }
}
