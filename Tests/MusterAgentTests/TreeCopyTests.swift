import Glibc
import LinuxSystem
import MusterAgent
import MusterBase
import TestSupport
import Testing

@Suite("copying a tree to a disk")
struct TreeCopyTests {
    @Test("a tree is copied with modes, times, hard links, holes, links and attributes")
    func treeCopy() async throws {
        let directory = try TemporaryDirectory()
        let (from, to) = (directory.path("from"), directory.path("to"))
        try Files.createDirectory(from + "/a/b")
        try Files.createDirectory(to)
        try Files.write(Array("text".utf8), to: from + "/a/plain", mode: 0o644)
        try Files.setMode(from + "/a/plain", 0o4751)
        #expect(Glibc.link(from + "/a/plain", from + "/a/b/second") == 0)
        #expect(symlink("/nowhere/at all", from + "/a/link") == 0)
        #expect(mkfifo(from + "/pipe", 0o600) == 0)
        let hole = [UInt8](repeating: 0, count: 1 << 20) + [1] + [UInt8](repeating: 0, count: 1 << 20)
        try Files.write(hole, to: from + "/hole", mode: 0o600)
        let strange = (from + "/").utf8.map { CChar(bitPattern: $0) } + [-1, 65, 0]
        close(creat(strange, 0o640))
        var times = [timespec(tv_sec: 1_000_000, tv_nsec: 42), timespec(tv_sec: 1_000_000, tv_nsec: 42)]
        #expect(utimensat(AT_FDCWD, from + "/a", &times, 0) == 0)
        let listing = try TreeListing(of: from)
        #expect(listing.content == Int64(4 + hole.count) && listing.entries.count == 9)
        let copy = TreeCopy(listing, from: from, to: to)
        try await copy.run()
        #expect(copy.progress == listing.content)
        let look =
            "find . -printf '%P %y %m %n %s %T@ %l\\n' | LC_ALL=C sort; find . -type f -exec sha256sum {} + | sort"
        func seen(_ path: String) async throws -> [UInt8] {
            let shell = Tool("sh", candidates: ["/bin/sh"], package: nil)
            return try await SystemToolRunner().run(
                shell, ["-c", look], ToolOptions(workingDirectory: path)
            ).standardOutput
        }
        let (wanted, found) = (try await seen(from), try await seen(to))
        #expect(wanted == found, "\(String(decoding: found, as: UTF8.self))")
        var status = stat()
        #expect(stat(to + "/hole", &status) == 0 && status.st_blocks < 1024)
    }

    @Test("a copy that cannot be written says which file")
    func failedCopy() async throws {
        let directory = try TemporaryDirectory()
        try Files.createDirectory(directory.path("from/a"))
        try Files.write(Array("x".utf8), to: directory.path("from/a/file"))
        let listing = try TreeListing(of: directory.path("from"))
        try Files.createDirectory(directory.path("to"))
        try Files.write(Array("x".utf8), to: directory.path("from/other"))
        try Files.remove(directory.path("from/a/file"))
        let copy = TreeCopy(listing, from: directory.path("from"), to: directory.path("to"))
        let error = await #expect(throws: MusterError.self) { try await copy.run() }
        #expect(error?.message.contains("cannot read /a/file") == true)
    }
}
