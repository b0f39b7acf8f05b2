import FUSEWire
import MusterBase
import TestSupport
import Testing

@Suite("FUSE session")
struct FUSESessionTests {
    private static func opened(size: Int64 = 1_000_000) throws -> FUSESession {
        var session = FUSESession(file: try FUSEFile(name: "root.squashfs", size: size, time: 1_700_000_000))
        _ = session.handle(KernelRequest.initialize().finished)
        return session
    }

    private var session: FUSESession

    init() throws { session = try Self.opened() }

    private mutating func reply(_ request: KernelRequest) throws -> KernelReply {
        guard case .reply(let octets) = session.handle(request.finished) else {
            throw MusterError(.internalFailure, "no reply")
        }
        let reply = try #require(KernelReply(octets))
        #expect(Int(reply.length) == octets.count)
        return reply
    }

    @Test("the version, asynchronous reads and 256 pages a read are agreed on; nothing is taken that was not offered")
    mutating func agrees() throws {
        session = FUSESession(file: session.file)
        #expect(!session.isInitialized)
        let reply = try reply(.initialize(minor: 31))
        #expect(session.isInitialized)
        #expect((reply.error, reply.unique, reply.payload.count) == (0, 1, 64))
        #expect((reply.number(0, as: UInt32.self), reply.number(4, as: UInt32.self)) == (7, 31))
        #expect(reply.number(8, as: UInt32.self) == 131_072)
        #expect(reply.number(12, as: UInt32.self) == 1 << 0 | 1 << 15 | 1 << 18 | 1 << 22)
        #expect(reply.number(28, as: UInt16.self) == 256)
        session = FUSESession(file: session.file)
        #expect(try self.reply(.initialize(flags: 1 << 22)).number(12, as: UInt32.self) == 1 << 22)
    }

    @Test("a newer kernel is told the version that this side was written after")
    mutating func newerMinor() throws {
        session = FUSESession(file: session.file)
        #expect(try reply(.initialize(minor: 99)).number(4, as: UInt32.self) == 38)
    }

    @Test("a kernel of a later major version is told 7 and may ask again; one that is too old is refused")
    mutating func otherVersions() throws {
        session = FUSESession(file: session.file)
        #expect(try reply(.initialize(major: 8)).number(0, as: UInt32.self) == 7)
        #expect(!session.isInitialized)
        #expect(try reply(.initialize(minor: 22)).error == 71)
        #expect(try reply(.initialize(major: 6)).error == 71)
        #expect(!session.isInitialized)
        #expect(try reply(.read(0, 1)).error == 5)
        _ = try reply(.initialize())
        #expect(session.isInitialized)
    }

    @Test("the file is found by its name, and nothing else is")
    mutating func lookUp() throws {
        let reply = try reply(.lookUp("root.squashfs"))
        #expect((reply.error, reply.payload.count) == (0, 128))
        #expect(reply.number(0, as: UInt64.self) == 2)
        #expect(reply.number(48, as: UInt64.self) == 1_000_000)
        #expect(reply.number(40 + 60, as: UInt32.self) == 0o100400)
        for name in ["root.squashf", "root.squashfss", "", "..", String(repeating: "x", count: 4000)] {
            #expect(try self.reply(.lookUp(name)).error == 2)
        }
        #expect(try self.reply(.lookUp("root.squashfs", in: 2)).error == 20)
        #expect(try self.reply(.lookUp("root.squashfs", in: 3)).error == 116)
    }

    @Test("attributes of both nodes")
    mutating func attributes() throws {
        let root = try reply(KernelRequest(3, node: 1))
        #expect((root.payload.count, root.number(16, as: UInt64.self)) == (104, 1))
        #expect(root.number(16 + 60, as: UInt32.self) == 0o040500)
        let file = try reply(KernelRequest(3, node: 2))
        #expect(file.number(24, as: UInt64.self) == 1_000_000)
        #expect(file.number(32, as: UInt64.self) == 1954)
        #expect(file.number(48, as: Int64.self) == 1_700_000_000)
    }

    @Test("the file is opened for reading, with its cache kept, and not for writing")
    mutating func open() throws {
        let file = try reply(.open(flags: 0o100000, node: 2))
        #expect((file.error, file.payload.count, file.number(8, as: UInt32.self)) == (0, 16, 2))
        for flags: UInt32 in [1, 2, 3] { #expect(try reply(.open(flags: flags, node: 2)).error == 30) }
        #expect(try reply(.open(flags: 0, node: 1)).error == 21)
        #expect(try reply(.open(flags: 0, node: 1, opcode: 27)).error == 0)
        #expect(try reply(.open(flags: 0, node: 2, opcode: 27)).error == 20)
    }

    @Test("a read is handed on, cut at the end of the file")
    mutating func read() throws {
        #expect(session.handle(KernelRequest.read(0, 4096).finished) == .read(unique: 7, offset: 0, count: 4096))
        let last = session.handle(KernelRequest.read(999_000, 131_072).finished)
        #expect(last == .read(unique: 7, offset: 999_000, count: 1000))
        for offset: UInt64 in [1_000_000, 1_000_001, UInt64(Int64.max)] {
            let reply = try reply(.read(offset, 4096))
            #expect((reply.error, reply.payload.count) == (0, 0))
        }
        #expect(try reply(.read(.max, 4096)).error == 22)
        #expect(try reply(.read(0, .max)).error == 22)
        #expect(try reply(.read(0, 4096, node: 1)).error == 21)
    }

    @Test("the directory lists the file; a small buffer gets it in parts")
    mutating func readDirectory() throws {
        let whole = try reply(.read(0, 4096, node: 1, opcode: 28))
        #expect(whole.payload.count == 32 + 32 + 40)
        #expect(whole.number(64, as: UInt64.self) == 2)
        #expect((whole.number(80, as: UInt32.self), whole.number(84, as: UInt32.self)) == (13, 8))
        #expect(Array(whole.payload[88..<101]) == Array("root.squashfs".utf8))
        #expect(try reply(.read(0, 70, node: 1, opcode: 28)).payload.count == 64)
        #expect(try reply(.read(2, 70, node: 1, opcode: 28)).payload.count == 40)
        #expect(try reply(.read(3, 4096, node: 1, opcode: 28)).payload.isEmpty)
        #expect(try reply(.read(.max, 4096, node: 1, opcode: 28)).payload.isEmpty)
        #expect(try reply(.read(0, 4096, node: 2, opcode: 28)).error == 20)
    }

    @Test("sizes of the file system")
    mutating func statFileSystem() throws {
        let reply = try reply(KernelRequest(17))
        #expect((reply.payload.count, reply.number(0, as: UInt64.self)) == (80, 245))
        #expect((reply.number(40, as: UInt32.self), reply.number(44, as: UInt32.self)) == (4096, 255))
    }

    @Test("what would write is refused as on a read-only file system, what is not known as not known")
    mutating func refuses() throws {
        for opcode: UInt32 in [4, 6, 8, 9, 10, 11, 12, 13, 16, 21, 24, 35, 43, 45, 47, 51] {
            #expect(try reply(KernelRequest(opcode, node: 2)).error == 30, "\(opcode)")
        }
        // GETXATTR, LISTXATTR, FLUSH, FSYNC, GETLK, IOCTL, POLL, LSEEK, READDIRPLUS, STATX, SYNCFS, some of the future.
        for opcode: UInt32 in [22, 23, 25, 20, 31, 39, 40, 46, 44, 52, 50, 77, 436_207_616] {
            #expect(try reply(KernelRequest(opcode, node: 2)).error == 38, "\(opcode)")
        }
        var access = KernelRequest(34, node: 2)
        access.add(UInt32(2))
        access.add(UInt32(0))
        #expect(try reply(access).error == 30)
    }

    @Test("FORGET is not answered, RELEASE is, INTERRUPT is declined for good, DESTROY ends it")
    mutating func others() throws {
        #expect(session.handle(KernelRequest(2).finished) == .nothing)
        #expect(session.handle(KernelRequest(42, node: 0).finished) == .nothing)
        #expect(session.handle(KernelRequest(41, node: 2).finished) == .nothing)
        #expect(try reply(KernelRequest(18, node: 2)).error == 0)
        #expect(try reply(KernelRequest(29, node: 1)).error == 0)
        #expect(try reply(KernelRequest(36, unique: 1 | 7, node: 0)).error == 38)
        guard case .end(let octets) = session.handle(KernelRequest(38, node: 0).finished) else {
            Issue.record("DESTROY does not end the session")
            return
        }
        #expect(KernelReply(octets)?.error == 0)
    }

    @Test("extensions of a later version behind the body are left alone")
    mutating func extensions() throws {
        var request = KernelRequest(1, node: 1, extensions: 2)
        request.add("root.squashfs")
        for _ in 0..<2 { request.add(UInt64.max) }
        #expect(try reply(request).error == 0)
    }

    @Test("each request, cut anywhere, is answered with an error or not at all, and the session goes on")
    mutating func truncated() throws {
        let requests: [KernelRequest] = [
            .initialize(), .lookUp("root.squashfs"), .read(0, 4096), .read(0, 99, node: 1, opcode: 28),
            .open(flags: 0, node: 2), KernelRequest(2), KernelRequest(38, extensions: 1),
        ]
        for request in requests {
            let whole = request.finished
            for length in 0..<whole.count {
                switch session.handle(whole.prefix(length)) {
                case .reply(let octets): #expect(KernelReply(octets)?.error == 22)
                case .nothing: #expect(length < 40 || whole[4] == 2)
                case .read, .end: Issue.record("carried out although cut at \(length)")
                }
            }
        }
        // The length in the header is right, and the body too short.
        for opcode: UInt32 in [14, 15, 26, 27, 28, 34] {
            #expect(try reply(KernelRequest(opcode, node: opcode > 26 ? 1 : 2)).error == 22, "\(opcode)")
        }
        #expect(try reply(.lookUp("root.squashfs")).error == 0)
    }

    @Test("noise never stops the session")
    mutating func noise() throws {
        var generator = SeededGenerator(seed: 4)
        for _ in 0..<20_000 {
            var octets = (0..<Int.random(in: 0..<120, using: &generator)).map { _ in
                UInt8.random(in: 0...255, using: &generator)
            }
            if octets.count > 8, Bool.random(using: &generator) {
                octets.replaceSubrange(4..<8, with: [UInt8.random(in: 0..<60, using: &generator), 0, 0, 0])
                octets.replaceSubrange(0..<4, with: [UInt8(octets.count), 0, 0, 0])
            }
            _ = session.handle(octets[...])
        }
        #expect(try reply(.lookUp("root.squashfs")).error == 0)
    }

    @Test("a name that no file can have is refused")
    func names() {
        for name in ["", ".", "..", "a/b", "a\0b", String(repeating: "x", count: 256)] {
            #expect(throws: MusterError.self) { try FUSEFile(name: name, size: 1) }
        }
    }
}
