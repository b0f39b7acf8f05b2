import APIClient
import MusterBase
import NIOHTTP1
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
