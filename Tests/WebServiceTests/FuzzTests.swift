import APIClient
import NIOCore
import NIOEmbedded
import TestSupport
import Testing
import WebService

/// Makes requests that are nearly HTTP.
private struct RequestMutator {
    private static let seeds = [
        "GET /os/boot.ipxe HTTP/1.1\r\nhost: x\r\n\r\n",
        "HEAD /big HTTP/1.1\r\nhost: x\r\nrange: bytes=0-10, -5\r\nif-range: \"a\"\r\n\r\n",
        "GET /big HTTP/1.0\r\nrange: bytes=5-\r\nconnection: keep-alive\r\n\r\nGET / HTTP/1.1\r\n\r\n",
        "POST /x HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n",
        "PUT /y HTTP/1.1\r\nhost: x\r\ncontent-length: 4\r\nexpect: 100-continue\r\n\r\nabcd",
        "GET http://a/%2e%2e/x?y=z#w HTTP/1.1\r\nhost: x\r\nif-none-match: *, W/\"x\"\r\n\r\n",
        "OPTIONS * HTTP/1.1\r\nhost: x\r\nif-modified-since: Sun, 06 Nov 1994 08:49:37 GMT\r\n\r\n",
    ].map { Array($0.utf8) }
    private static let spice = [
        "%", "\r\n", "\0", "..", "/", "-", "999999999999999999999", "\u{FF}", " ", ":", "\"", ",",
    ].map { Array($0.utf8) }

    var random: SeededGenerator

    mutating func next() -> [UInt8] {
        var octets = RequestMutator.seeds[Int.random(in: 0..<RequestMutator.seeds.count, using: &random)]
        for _ in 0..<Int.random(in: 0..<6, using: &random) where !octets.isEmpty {
            let index = Int.random(in: 0..<octets.count, using: &random)
            switch Int.random(in: 0..<4, using: &random) {
            case 0: octets[index] = UInt8.random(in: 0...255, using: &random)
            case 1: octets.removeSubrange(index..<min(octets.count, index + Int.random(in: 1..<8, using: &random)))
            case 2:
                let extra = RequestMutator.spice[Int.random(in: 0..<RequestMutator.spice.count, using: &random)]
                octets.insert(contentsOf: extra, at: index)
            default: octets += octets[index...]
            }
        }
        return octets
    }
}

struct FuzzTests {
    @Test("100,000 mutated requests leave the handlers alive")
    func survivesEmbedded() throws {
        let tree = try PublicTree()
        let files = try tree.files()
        var mutator = RequestMutator(random: SeededGenerator(seed: 80))
        var channel: EmbeddedChannel?
        var answers = 0
        for round in 0..<100_000 {
            if round % 20 == 0 || channel?.isActive != true {
                _ = try? channel?.finish(acceptAlreadyClosed: true)
                let fresh = EmbeddedChannel()
                try addFileHandlers(to: fresh, files: files)
                try fresh.connect(to: SocketAddress(ipAddress: "127.0.0.1", port: 1)).wait()
                channel = fresh
            }
            _ = try? channel?.writeInbound(ByteBuffer(bytes: mutator.next()))
            while let data = try? channel?.readOutbound(as: IOData.self) {
                if case .byteBuffer(let buffer) = data, buffer.readableBytes > 0 { answers += 1 }
            }
            channel?.embeddedEventLoop.run()
        }
        _ = try? channel?.finish(acceptAlreadyClosed: true)
        #expect(answers > 10_000)
    }

    @Test("a server on the loopback still answers after 300 broken connections")
    func survivesLoopback() async throws {
        let tree = try PublicTree()
        try await withPublicServer(try tree.files()) { port in
            try await withThrowingTaskGroup(of: Void.self) { group in
                for worker in 0..<4 {
                    group.addTask {
                        var mutator = RequestMutator(random: SeededGenerator(seed: UInt64(worker)))
                        for _ in 0..<75 { _ = try await exchange(port, mutator.next(), finishing: true) }
                    }
                }
                try await group.waitForAll()
            }
            let client = try patientClient(.http(address: "127.0.0.1", port: port))
            #expect(try await client.request(.GET, "/os/boot.ipxe").status == 200)
        }
    }
}
