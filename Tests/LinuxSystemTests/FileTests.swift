import Glibc
import LinuxSystem
import MusterBase
import TestSupport
import Testing

@Suite("Files")
struct FileTests {
    @Test("an atomic write replaces the old content and leaves nothing beside it")
    func writesAtomically() async throws {
        try await withTemporaryDirectory { directory in
            let path = directory + "/a"
            try AtomicFile.write("old", to: path)
            try AtomicFile.write("new", to: path, mode: 0o600)
            #expect(try Files.readText(path) == "new")
            #expect(try Files.names(in: directory) == ["a"])
        }
    }

    @Test("an atomic write that fails leaves the old content and nothing beside it")
    func failsAtomically() async throws {
        try await withTemporaryDirectory { directory in
            let path = directory + "/a"
            try Files.createDirectory(path + "/inside")
            let error = #expect(throws: MusterError.self) { try AtomicFile.write("x", to: path) }
            #expect(error?.message == "cannot put the new file in the place of \(path)")
            #expect(try Files.names(in: directory) == ["a"])
        }
    }

    @Test("a slash is one, whatever stands behind it")
    func accents() {
        #expect(FilePathText.parent(of: "a/b/\u{301}c") == "a/b" && FilePathText.parent(of: "/\u{301}c") == "/")
        #expect(FilePathText.lastComponent(of: "a/\u{301}c") == "\u{301}c")
    }

    @Test("what is renamed to a new name replaces nothing, not even an empty directory")
    func renamesToNew() async throws {
        try await withTemporaryDirectory { directory in
            try Files.createDirectory(directory + "/source/inside")
            for taken in ["empty", "file"] {
                try taken == "file"
                    ? Files.write("x", to: directory + "/file") : Files.createDirectory(directory + "/empty")
                let error = #expect(throws: MusterError.self) {
                    try Files.rename(directory + "/source", toNew: directory + "/" + taken)
                }
                #expect(error?.code == .alreadyExists)
            }
            try Files.rename(directory + "/source", toNew: directory + "/new")
            #expect(try Files.names(in: directory) == ["empty", "file", "new"])
            #expect(throws: MusterError.self) { try Files.rename(directory + "/source", toNew: directory + "/other") }
        }
    }

    @Test("directories above are made; one that is there stays")
    func makesDirectories() async throws {
        try await withTemporaryDirectory { directory in
            try Files.createDirectory(directory + "/a/b/c")
            try Files.createDirectory(directory + "/a/b/c")
            #expect(Files.isDirectory(directory + "/a/b/c"))
            try Files.write("x", to: directory + "/f")
            #expect(throws: MusterError.self) { try Files.createDirectory(directory + "/f") }
        }
    }

    @Test("files of /proc, whose size is not known, are read whole; too long ones are refused")
    func readsProc() throws {
        #expect(try Files.readText("/proc/self/status").contains("Pid:"))
        let error = #expect(throws: MusterError.self) { try Files.read("/proc/self/status", limit: 10) }
        #expect(error?.code == .exhausted)
        #expect(#expect(throws: MusterError.self) { try Files.read("/nowhere") }?.code == .notFound)
    }

    @Test("links are made, replaced and read; a tree goes without what its links point to")
    func links() async throws {
        try await withTemporaryDirectory { directory in
            try Files.write("kept", to: directory + "/kept")
            try Files.createDirectory(directory + "/tree/deep")
            try Files.link(directory + "/tree/deep/link", to: "/nowhere")
            try Files.link(directory + "/tree/deep/link", to: directory)
            #expect(Files.linkTarget(directory + "/tree/deep/link") == directory)
            try FileTree.remove(directory + "/tree")
            #expect(try Files.names(in: directory) == ["kept"])
            try FileTree.remove(directory + "/tree")
        }
    }

    @Test("a tree goes also when its names are no UTF-8, or it is only a link")
    func removesTrees() async throws {
        try await withTemporaryDirectory { directory in
            try Files.createDirectory(directory + "/tree/deep")
            let odd = Array("\(directory)/tree/deep/caf".utf8) + [0xE9, 0]
            #expect(mkdir(odd.map { CChar(bitPattern: $0) }, 0o700) == 0)
            try FileTree.remove(directory + "/tree")
            try Files.write("kept", to: directory + "/file")
            try Files.link(directory + "/link", to: directory)
            try FileTree.remove(directory + "/link")
            #expect(try Files.names(in: directory) == ["file"])
        }
    }

    @Test("a file of this user is locked, a link to one is not")
    func locksOwn() async throws {
        try await withTemporaryDirectory { directory in
            try Files.write("x", to: directory + "/file")
            try Files.link(directory + "/link", to: directory + "/file")
            let lock = try FileLock(own: directory + "/file", doing: "trying")
            #expect(caughtError { _ = try FileLock(own: directory + "/file", doing: "trying") }?.code == .conflict)
            lock.release()
            for name in ["link", "none", ""] {
                #expect(throws: MusterError.self) { _ = try FileLock(own: "\(directory)/\(name)", doing: "trying") }
            }
            #expect(try Files.names(in: directory) == ["file", "link"])
        }
    }

    @Test("a copy has the content and the mode that was asked for")
    func copies() async throws {
        try await withTemporaryDirectory { directory in
            let content = [UInt8](repeating: 7, count: 600_000)
            try Files.write(content, to: directory + "/a")
            try Files.copy(directory + "/a", to: directory + "/b", mode: 0o700)
            #expect(try Files.read(directory + "/b") == content)
            #expect(Files.size(directory + "/b") == 600_000)
        }
    }

    @Test("what is no regular file is refused with what it is, and is not waited for")
    func irregular() async throws {
        try await withTemporaryDirectory { directory in
            #expect(mkfifo(directory + "/profile.yaml", 0o600) == 0)
            let fifo = directory + "/profile.yaml"
            for (path, kind) in [(fifo, "a FIFO"), (directory, "a directory"), ("/dev/null", "a character device")] {
                let error = caughtError { _ = try Files.read(path) }
                #expect(error?.code == .malformed)
                #expect(error?.message == "cannot read \(path): it is \(kind), not a file")
            }
            #expect(caughtError { try Files.copy(fifo, to: directory + "/b", mode: 0o600) }?.code == .malformed)
        }
    }

    @Test("a pipe that a user names is read to its end")
    func givenPipe() throws {
        var ends: [CInt] = [0, 0]
        #expect(pipe(&ends) == 0)
        defer { close(ends[0]) }
        #expect(write(ends[1], "name: x", 7) == 7)
        close(ends[1])
        let path = "/dev/fd/\(ends[0])"
        #expect(caughtError { _ = try Files.read(path) }?.code == .malformed)
        #expect(try Files.readGiven(path, limit: 7) == Array("name: x".utf8))
        #expect(caughtError { _ = try Files.readGiven("/", limit: 7) }?.code == .systemFailure)
        #expect(caughtError { _ = try Files.readGiven("/nowhere/x", limit: 7) }?.code == .notFound)
    }

    @Test("files of /proc and /sys are read, and only what is not there is not found")
    func specialFileSystems() async throws {
        #expect(try !Files.read("/proc/self/stat").isEmpty)
        #expect(try !Files.read("/sys/kernel/mm/transparent_hugepage/enabled").isEmpty)
        try await withTemporaryDirectory { directory in
            try Files.link(directory + "/loop", to: "loop")
            #expect(caughtError { _ = try Files.read(directory + "/loop") }?.code == .systemFailure)
            #expect(caughtError { _ = try Files.read(directory + "/none") }?.code == .notFound)
            #expect(caughtError { _ = try Files.read(directory + "/loop/none") }?.code == .systemFailure)
        }
    }

    @Test(
        "the parent and the name of a path are told",
        arguments: [("/a/b", "/a", "b"), ("/a", "/", "a"), ("a", ".", "a")])
    func splitsPaths(path: String, parent: String, name: String) {
        #expect(FilePathText.parent(of: path) == parent)
        #expect(FilePathText.lastComponent(of: path) == name)
    }
}

@Suite("The kernel")
struct KernelTests {
    @Test("the loopback link is among the links")
    func listsLinks() throws {
        let loopback = try #require(try RouteSocket().links().first { $0.name == "lo" })
        #expect(!loopback.isEthernet)
        #expect(loopback.mtu > 0)
    }

    @Test("an error of the kernel is told in its own words")
    func tellsErrors() throws {
        let error = #expect(throws: MusterError.self) { try RouteSocket().setUp(2_000_000) }
        // Without root the kernel says that before it looks.
        let words = [
            "cannot switch link 2000000 on: No such device", "cannot switch link 2000000 on: Operation not permitted",
        ]
        #expect(error.map { words.contains("\($0)") } == true)
    }

    @Test("random octets differ")
    func random() throws { #expect(try KernelRandom.bytes(32) != KernelRandom.bytes(32)) }
}
