import APIClient
import NIOCore
import NIOPosix
import Synchronization
import TestSupport
import Testing
import WebService

struct LimitTests {
    @Test("a client that does not finish its request is cut off")
    func cutsOffSlowHead() async throws {
        let tree = try PublicTree()
        try await withPublicServer(try tree.files(), limits: WebLimits(head: .milliseconds(50))) { port in
            let answer = try await exchange(port, "GET /os/boot.ipxe HTT")
            #expect(answer.isEmpty)
        }
    }

    @Test("a client that does not finish its body is cut off")
    func cutsOffSlowBody() async throws {
        let tree = try PublicTree()
        let limits = WebLimits(requestBody: .milliseconds(50))
        try await withPublicServer(try tree.files(), limits: limits) { port in
            let answer = try await exchange(port, "GET /missing HTTP/1.1\r\nhost: x\r\ncontent-length: 5\r\n\r\nab")
            #expect(statuses(answer) == [404])
        }
    }

    @Test("a connection without requests is closed")
    func closesIdle() async throws {
        let tree = try PublicTree()
        let limits = WebLimits(idle: .milliseconds(50))
        try await withPublicServer(try tree.files(), limits: limits) { port in
            let answer = try await exchange(port, "GET /empty HTTP/1.1\r\nhost: x\r\n\r\n")
            #expect(answer.contains("200 OK"))
        }
    }

    @Test("header fields above the limits are refused")
    func limitsHeaders() async throws {
        let tree = try PublicTree()
        try await withPublicServer(try tree.files()) { port in
            let large = "GET / HTTP/1.1\r\nx: \(String(repeating: "a", count: 20_000))\r\n\r\n"
            let first = try await exchange(port, large)
            #expect(statuses(first) == [431])
            let many = "GET / HTTP/1.1\r\n" + String(repeating: "x: y\r\n", count: 200) + "\r\n"
            let second = try await exchange(port, many)
            #expect(statuses(second) == [431])
        }
    }

    @Test("what is not HTTP is answered with 400, after the answers before it")
    func refusesGarbage() async throws {
        let tree = try PublicTree()
        try await withPublicServer(try tree.files()) { port in
            let alone = try await exchange(port, "hello\r\n\r\n")
            #expect(statuses(alone) == [400])
            let second = "GET /empty HTTP/1.1\r\nhost: x\r\n\r\nhello\r\n\r\n"
            let behind = try await exchange(port, second)
            #expect(statuses(behind) == [200, 400])
        }
    }

    @Test("connections above the limit wait until another ends")
    func limitsConnections() async throws {
        let tree = try PublicTree()
        var limits = WebLimits.patient
        limits.connections = 2
        try await withPublicServer(try tree.files(), limits: limits) { port in
            // They are taken in their order, and say nothing.
            let held = try await silent(2, port)
            let happened = Mutex<[String]>([])
            let third = Task {
                let answer = try await exchange(port, Self.get)
                happened.withLock { $0.append("answer") }
                return statuses(answer)
            }
            // A server that does not wait answers in this time.
            try await Task.sleep(for: .milliseconds(100))
            happened.withLock { $0.append("end") }
            try await held[0].close()
            #expect(try await third.value == [200])
            #expect(happened.withLock { $0 } == ["end", "answer"])
            try await held[1].close()
        }
    }

    private static let get = "GET /empty HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n"

    /// Opens connections that say nothing.
    private func silent(_ count: Int, _ port: Int) async throws -> [any Channel] {
        var open: [any Channel] = []
        for _ in 0..<count {
            open.append(
                try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
                    .connect(host: "127.0.0.1", port: port).get())
        }
        return open
    }

    @Test("when all connections are taken, idle ones give their places")
    func evictsIdle() async throws {
        let tree = try PublicTree()
        var limits = WebLimits.patient
        limits.connections = 4
        limits.sparedUnasked = .milliseconds(1)
        try await withPublicServer(try tree.files(), limits: limits) { port in
            let open = try await silent(12, port)
            #expect(statuses(try await exchange(port, Self.get)) == [200])
            // Which of them the server took in first nobody knows out here.
            try await waitForState(otherwise: "more connections stay than there may be") {
                open.count { $0.isActive } <= 4 ? () : nil
            }
            for channel in open { channel.close(promise: nil) }
        }
    }

    /// Opens a connection, sends a request and waits for the first of the answer.
    private func asked(_ port: Int, _ request: String) async throws -> any Channel {
        let reader = PausedReader()
        let channel = try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .channelInitializer { channel in channel.pipeline.addHandler(reader) }
            .connect(host: "127.0.0.1", port: port).get()
        try await channel.writeAndFlush(ByteBuffer(string: request))
        await reader.first()
        return channel
    }

    @Test("connections whose first request is still to come are spared longer than those that had an answer")
    func sparesUnasked() async throws {
        let tree = try PublicTree()
        var limits = WebLimits.patient
        limits.connections = 4
        limits.sparedIdle = .milliseconds(1)
        try await withPublicServer(try tree.files(), limits: limits) { port in
            let open = try await silent(3, port)
            let answered = try await asked(port, "GET /empty HTTP/1.1\r\nhost: x\r\n\r\n")
            #expect(statuses(try await exchange(port, Self.get)) == [200])
            try await waitForState(otherwise: "the one that had its answer is still there") {
                answered.isActive ? nil : ()
            }
            #expect(!open.contains { !$0.isActive })
            for channel in open { channel.close(promise: nil) }
        }
    }

    @Test("a client that has its file and keeps back the rest of its request gives its place", .timeLimit(.minutes(1)))
    func evictsUnfinished() async throws {
        let tree = try PublicTree()
        var limits = WebLimits.patient
        limits.connections = 1
        limits.sparedIdle = .milliseconds(1)
        try await withPublicServer(try tree.files(), limits: limits) { port in
            let head = "GET /empty HTTP/1.1\r\nhost: x\r\ncontent-length: 1\r\n\r\n"
            let channel = try await asked(port, head)
            #expect(statuses(try await exchange(port, Self.get)) == [200])
            try await channel.closeFuture.get()
        }
    }

    @Test("an address with too many connections gets no more, until one of them ends")
    func limitsAddress() async throws {
        let tree = try PublicTree()
        var limits = WebLimits.patient
        limits.connectionsPerAddress = 3
        try await withPublicServer(try tree.files(), limits: limits) { port in
            let open = try await silent(3, port)
            try await waitForState(otherwise: "a fourth connection is served") {
                try await exchange(port, Self.get).isEmpty ? () : nil
            }
            // On a host that is busy the server may have lost its patience with one already.
            for channel in open { channel.close(promise: nil) }
            for channel in open { try await channel.closeFuture.get() }
            try await waitForState(otherwise: "none is served any more") {
                statuses(try await exchange(port, Self.get)) == [200] ? () : nil
            }
        }
    }

    @Test("a file that is cut short while it is sent ends its connection", .timeLimit(.minutes(1)))
    func cutShort() async throws {
        let tree = try PublicTree()
        let size = 64 << 20
        try tree.write("public/large", [])
        tree.cutShort("public/large", to: size)
        let (accesses, continuation) = AsyncStream.makeStream(of: StaticAccess.self)
        let observer: StaticAccessObserver = { continuation.yield($0) }
        try await withPublicServer(try tree.files(), observer: observer) { port in
            let reader = PausedReader()
            let channel = try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
                .channelOption(.autoRead, value: false)
                .channelInitializer { channel in channel.pipeline.addHandler(reader) }
                .connect(host: "127.0.0.1", port: port).get()
            try await channel.writeAndFlush(ByteBuffer(string: "GET /large HTTP/1.1\r\nhost: x\r\n\r\n"))
            // The answer has begun, and the client takes no more than its beginning.
            channel.read()
            await reader.first()
            tree.cutShort("public/large", to: 4096)
            try await channel.setOption(.autoRead, value: true).get()
            try await channel.closeFuture.get()
            var iterator = accesses.makeAsyncIterator()
            let access = try #require(await iterator.next())
            #expect(!access.isComplete && access.octets < size)
        }
    }

    @Test("an address that is taken does not stop the other")
    func standsAlone() async throws {
        let tree = try PublicTree()
        let files = try tree.files()
        try await withPublicServer(files) { taken in
            try await withService {
                PublicServer(
                    [.tcp(address: "127.0.0.1", port: taken), .tcp(address: "127.0.0.1", port: 0)], files: files,
                    logger: quietLogger, onListening: $0)
            } _: { addresses in
                let client = try patientClient(.http(address: "127.0.0.1", port: try port(of: addresses)))
                #expect(try await client.request(.GET, "/empty").status == 200)
            }
        }
    }
}

/// Tells of the first octets.
private final class PausedReader: ChannelInboundHandler, Sendable {
    typealias InboundIn = ByteBuffer

    private let heard: AsyncStream<Void>
    private let continuation: AsyncStream<Void>.Continuation

    init() { (heard, continuation) = AsyncStream.makeStream() }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) { continuation.yield() }

    func first() async { for await _ in heard { return } }
}
