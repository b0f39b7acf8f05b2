import APIClient
import MusterBase
import NIOCore
import NIOHTTP1
import NIOPosix
import Synchronization
import TestSupport
import Testing
import WebService

struct PublicServerTests {
    private func client(_ port: Int) throws -> HTTPClient { try patientClient(.http(address: "127.0.0.1", port: port)) }

    @Test("files small and large are served whole, in part, and described")
    func servesFiles() async throws {
        let tree = try PublicTree()
        try await withPublicServer(try tree.files()) { port in
            let client = try client(port)
            let script = try await client.request(.GET, "/os/boot.ipxe")
            #expect(script.status == 200 && script.body == Array("#!ipxe\n".utf8))
            #expect(script.headers.first(name: "content-type") == "text/plain; charset=utf-8")
            let whole = distinctOctets(3_000_001)
            let big = try await client.request(.GET, "/big")
            #expect(big.body == whole && big.headers.first(name: "accept-ranges") == "bytes")
            let part = try await client.request(.GET, "/big", headers: ["range": "bytes=1000000-2000000"])
            #expect(part.status == 206 && part.body == Array(whole[1_000_000...2_000_000]))
            let head = try await client.request(.HEAD, "/big")
            #expect(head.body.isEmpty && head.headers.first(name: "content-length") == "3000001")
            #expect(try await client.request(.GET, "/empty").body.isEmpty)
            #expect(try await client.request(.GET, "/a%20b.txt").body == Array("space".utf8))
        }
    }

    @Test("a file that has not changed is not sent again, and a broken download goes on")
    func validates() async throws {
        let tree = try PublicTree()
        try await withPublicServer(try tree.files()) { port in
            let client = try client(port)
            let first = try await client.request(.HEAD, "/big")
            let tag = try #require(first.headers.first(name: "etag"))
            #expect(try await client.request(.GET, "/big", headers: ["if-none-match": tag]).status == 304)
            let headers: HTTPHeaders = ["if-range": tag, "range": "bytes=3000000-"]
            #expect(try await client.request(.GET, "/big", headers: headers).body.count == 1)
            tree.age("public/big", seconds: 1000)
            #expect(try await client.request(.GET, "/big", headers: headers).status == 200)
            #expect(try await client.request(.GET, "/big", headers: ["range": "bytes=3000001-"]).status == 416)
        }
    }

    @Test("links are followed inside the tree and into what was allowed, and nowhere else")
    func followsLinks() async throws {
        let tree = try PublicTree()
        let expected = [
            "/inside": 200, "/absolute": 200, "/distribution/vmlinuz": 200, "/outside": 404, "/passwd": 404,
            "/up/private/key": 404, "/up/public/os/boot.ipxe": 200,
        ]
        try await withPublicServer(try tree.files()) { port in
            let client = try client(port)
            for (path, status) in expected { #expect(try await client.request(.GET, path).status == status, "\(path)") }
        }
        try await withPublicServer(try tree.files(allowDistributions: false)) { port in
            let answer = try await client(port).request(.GET, "/distribution/vmlinuz")
            #expect(answer.status == 404)
        }
    }

    @Test(
        "directories, hidden names and what is no file are not there",
        arguments: [
            "/", "/os", "/os/", "/.git/config", "/fifo", "/missing", "/os/boot.ipxe/x", "/node/v1/time",
            "/api/v1/nodes",
        ])
    func hides(_ path: String) async throws {
        let tree = try PublicTree()
        try await withPublicServer(try tree.files()) { port in
            let answer = try await client(port).request(.GET, path)
            #expect(answer.status == 404)
        }
    }

    @Test("attempts to leave the tree are refused")
    func refusesTraversal() async throws {
        let tree = try PublicTree()
        let targets = [
            "/../private/key", "/os/../../private/key", "/%2e%2e/private/key", "/..%2fprivate/key",
            "/%252e%252e/private/key", "/os/..\\..\\private\\key", "//../private/key", "/private/key%00.txt",
            "http://x/../private/key",
        ]
        try await withPublicServer(try tree.files()) { port in
            for target in targets {
                let answer = try await exchange(port, "GET \(target) HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n")
                #expect([[400], [404]].contains(statuses(answer)), "\(target): \(answer)")
                #expect(!answer.contains("secret"))
            }
        }
    }

    @Test("only reading is allowed, and the connection goes on after a refusal")
    func refusesWriting() async throws {
        let tree = try PublicTree()
        try await withPublicServer(try tree.files()) { port in
            let answer = try await exchange(
                port,
                "PUT /os/boot.ipxe HTTP/1.1\r\nhost: x\r\ncontent-length: 3\r\n\r\nabc"
                    + "HEAD /missing HTTP/1.1\r\nhost: x\r\n\r\n"
                    + "GET /os/boot.ipxe HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n")
            #expect(statuses(answer) == [405, 404, 200])
            #expect(answer.contains("allow: GET, HEAD\r\n") && answer.hasSuffix("\r\n\r\n#!ipxe\n"))
        }
    }

    @Test("a small file that is kept in memory is seen anew when another takes its place")
    func seesReplacement() async throws {
        let tree = try PublicTree()
        // An hour later the files are old enough to be kept; a second passes between any two looks at the clock.
        let looks = Atomic(3600)
        let start = Timestamp.now()
        let later = WallClock { start + .seconds(looks.add(1, ordering: .relaxed).newValue) }
        try await withPublicServer(try PublicFiles(tree.root, clock: later)) { port in
            let client = try client(port)
            for text in ["#!ipxe\n", "#!IPXE\n", "longer than before"] {
                if text != "#!ipxe\n" {
                    try tree.write("public/os/new", Array(text.utf8))
                    tree.move("public/os/new", "public/os/boot.ipxe")
                }
                for _ in 0..<3 {
                    #expect(try await client.request(.GET, "/os/boot.ipxe").body == Array(text.utf8))
                }
            }
        }
    }

    @Test("the disk is looked at for a small file at most ten times a second")
    func looksSeldom() async throws {
        let tree = try PublicTree()
        let microseconds = Atomic(0)
        let start = Timestamp.now() + .seconds(3600)
        let later = WallClock { start + .microseconds(microseconds.load(ordering: .relaxed)) }
        try await withPublicServer(try PublicFiles(tree.root, clock: later)) { port in
            let client = try client(port)
            for _ in 0..<3 { #expect(try await client.request(.GET, "/os/boot.ipxe").body == Array("#!ipxe\n".utf8)) }
            try tree.write("public/os/new", Array("#!IPXE\n".utf8))
            tree.move("public/os/new", "public/os/boot.ipxe")
            microseconds.store(99_999, ordering: .relaxed)
            #expect(try await client.request(.GET, "/os/boot.ipxe").body == Array("#!ipxe\n".utf8))
            microseconds.store(100_000, ordering: .relaxed)
            #expect(try await client.request(.GET, "/os/boot.ipxe").body == Array("#!IPXE\n".utf8))
        }
    }

    @Test("an answer from memory has the same header fields as one from the disk")
    func answersAlikeFromMemory() async throws {
        let tree = try PublicTree()
        let later = WallClock { Timestamp.now() + .seconds(3600) }
        try await withPublicServer(try PublicFiles(tree.root, clock: later)) { port in
            let request = "GET /os/boot.ipxe HTTP/1.1\r\nhost: x\r\n\r\n"
            let last = "GET /missing HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n"
            let answer = try await exchange(port, request + request + request + last)
            let answers = answer.split(separator: "HTTP/1.1 ").map { text in
                text.split(separator: "\r\n").filter { !$0.hasPrefix("date:") }
            }
            #expect(answers.count == 4)
            #expect(answers.prefix(3).allSatisfy { $0 == answers.first }, "\(answer)")
            #expect(answer.split(separator: "\r\ndate: ").count == 5)
        }
    }

    @Test("a file that was written just now is read each time")
    func seesRewriting() async throws {
        let tree = try PublicTree()
        try await withPublicServer(try tree.files()) { port in
            let client = try client(port)
            for text in ["a", "b", "c"] {
                try tree.write("public/os/boot.ipxe", Array(text.utf8))
                #expect(try await client.request(.GET, "/os/boot.ipxe").body == Array(text.utf8))
            }
        }
    }

    @Test("pipelined requests are answered in their order")
    func answersPipeline() async throws {
        let tree = try PublicTree()
        try await withPublicServer(try tree.files()) { port in
            let paths = (0..<100).map { $0 % 3 == 0 ? "/os/boot.ipxe" : $0 % 3 == 1 ? "/missing\($0)" : "/empty" }
            let requests = paths.map { "GET \($0) HTTP/1.1\r\nhost: x\r\n\r\n" }.joined()
            let last = "GET /big HTTP/1.1\r\nhost: x\r\nrange: bytes=0-0\r\nconnection: close\r\n\r\n"
            let answer = try await exchange(port, requests + last)
            #expect(statuses(answer) == paths.map { $0.hasPrefix("/missing") ? 404 : 200 } + [206])
        }
    }

    @Test("a client that says it sends no more still gets its answers")
    func answersHalfClosed() async throws {
        let tree = try PublicTree()
        try await withPublicServer(try tree.files()) { port in
            let request = "GET /big HTTP/1.1\r\nhost: x\r\n\r\nGET /empty HTTP/1.1\r\nhost: x\r\n\r\n"
            let answer = try await exchange(port, Array(request.utf8), finishing: true)
            #expect(answer.count > 3_000_000 && statuses(String(decoding: answer.suffix(400), as: UTF8.self)) == [200])
        }
    }

    @Test("HTTP/1.0 is answered and closed")
    func answersOldVersion() async throws {
        let tree = try PublicTree()
        try await withPublicServer(try tree.files()) { port in
            let answer = try await exchange(port, "GET /os/boot.ipxe HTTP/1.0\r\n\r\n")
            #expect(answer.hasSuffix("#!ipxe\n"))
        }
    }

    @Test("each request is told to the observer")
    func reports() async throws {
        let tree = try PublicTree()
        let (accesses, continuation) = AsyncStream.makeStream(of: StaticAccess.self)
        let observer: StaticAccessObserver = { continuation.yield($0) }
        try await withPublicServer(try tree.files(), observer: observer) { port in
            let client = try client(port)
            _ = try await client.request(.GET, "/big", headers: ["range": "bytes=0-99999"])
            _ = try await client.request(.GET, "/nothing")
            var iterator = accesses.makeAsyncIterator()
            let part = await iterator.next()
            #expect(part?.path == "/big" && part?.status == 206 && part?.octets == 100_000 && part?.isComplete == true)
            #expect(part?.remoteAddress.ipv4 == IPv4Address(127, 0, 0, 1) && part?.isSecure == false)
            #expect(await iterator.next()?.status == 404)
        }
    }

    @Test("a client that leaves in the middle is told as such, and so is a file that became shorter")
    func reportsBroken() async throws {
        let tree = try PublicTree()
        try tree.write("public/huge", distinctOctets(30_000_000))
        let (accesses, continuation) = AsyncStream.makeStream(of: StaticAccess.self)
        let observer: StaticAccessObserver = { continuation.yield($0) }
        try await withPublicServer(try tree.files(), observer: observer) { port in
            let client = try client(port)
            var iterator = accesses.makeAsyncIterator()
            try await client.withStream(.GET, "/huge") { response in
                for try await _ in response.body { break }
            }
            let left = await iterator.next()
            #expect(left?.isComplete == false && (left?.octets ?? 0) < 30_000_000)
            let error = await #expect(throws: MusterError.self) {
                try await client.withStream(.GET, "/huge") { response in
                    var isCut = false
                    for try await _ in response.body {
                        if !isCut { tree.cutShort("public/huge", to: 20_000_000) }
                        isCut = true
                    }
                }
            }
            #expect(error?.code == .unavailable)
            #expect(await iterator.next()?.isComplete == false)
        }
    }
}

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
            try await withThrowingTaskGroup(of: [Int].self) { group in
                for _ in 0..<20 {
                    group.addTask {
                        statuses(
                            try await exchange(port, "GET /empty HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n"))
                    }
                }
                for try await seen in group { #expect(seen == [200]) }
            }
        }
    }

    private static let get = "GET /empty HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n"

    /// Opens a connection that says nothing.
    private func silent(_ port: Int) async throws -> any Channel {
        try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .connect(host: "127.0.0.1", port: port).get()
    }

    @Test("when all connections are taken, the longest idle ones give their places")
    func evictsIdle() async throws {
        let tree = try PublicTree()
        var limits = WebLimits.patient
        limits.connections = 4
        limits.sparedUnasked = .milliseconds(1)
        try await withPublicServer(try tree.files(), limits: limits) { port in
            var open: [any Channel] = []
            for _ in 0..<12 { open.append(try await silent(port)) }
            #expect(statuses(try await exchange(port, Self.get)) == [200])
            // The first that came has gone.
            try await open[0].closeFuture.get()
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
            var open: [any Channel] = []
            for _ in 0..<3 { open.append(try await silent(port)) }
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
            var open: [any Channel] = []
            for _ in 0..<3 { open.append(try await silent(port)) }
            try await waitForState(otherwise: "a fourth connection is served") {
                try await exchange(port, Self.get).isEmpty ? () : nil
            }
            for channel in open { try await channel.close() }
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
