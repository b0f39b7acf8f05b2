import APIClient
import MusterAPI
import MusterBase
import NIOHTTP1
import Synchronization
import Testing

struct HTTPClientTests {
    private func client(
        _ server: ScriptedServer, readTimeout: Duration = .seconds(600), idleLimit: Duration = .seconds(600),
        bodyLimit: Int = 1 << 20
    ) throws -> HTTPClient {
        try HTTPClient(
            .http(address: "127.0.0.1", port: server.port),
            settings: HTTPClientSettings(
                connectTimeout: .seconds(600), readTimeout: readTimeout, idleLimit: idleLimit, bodyLimit: bodyLimit))
    }

    private func failure(_ body: () async throws -> Void) async throws -> MusterError {
        do {
            try await body()
        } catch let error as MusterError {
            return error
        }
        throw MusterError(.internalFailure, "no error was thrown")
    }

    @Test("sequential requests share one connection")
    func keepsConnection() async throws {
        let script: ScriptedServer.Script = { _, number in .bytes(ok("\(number)", type: "text/plain")) }
        try await withServer(script: script) { server in
            let client = try client(server)
            for number in 1...3 {
                let answer = try await client.request(.GET, "/x")
                #expect(answer.status == 200 && answer.body == Array("\(number)".utf8))
            }
            #expect(server.connections == 1)
            #expect(server.requests[0].hasPrefix("GET /x HTTP/1.1\r\n"))
            #expect(server.requests[0].lowercased().contains("host: 127.0.0.1:\(server.port)\r\n"))
        }
    }

    @Test("a connection that the server says it closes is not used again")
    func honoursClose() async throws {
        let script: ScriptedServer.Script = { _, _ in
            .bytes("HTTP/1.1 200 OK\r\ncontent-length: 0\r\nconnection: close\r\n\r\n")
        }
        try await withServer(script: script) { server in
            let client = try client(server)
            _ = try await client.request(.GET, "/")
            _ = try await client.request(.GET, "/")
            #expect(server.connections == 2)
        }
    }

    @Test("a request that may be repeated is sent again when a kept connection turns out to be closed")
    func repeats() async throws {
        let script: ScriptedServer.Script = { connection, request in
            connection == 1 && request == 2 ? .last("") : .bytes(ok("{}"))
        }
        try await withServer(script: script) { server in
            let client = try client(server)
            for _ in 0..<2 { #expect(try await client.request(.GET, "/").status == 200) }
            #expect(server.connections == 2 && server.requests.count == 3)
        }
    }

    @Test("a request that must not be repeated is not")
    func doesNotRepeatPost() async throws {
        let script: ScriptedServer.Script = { _, request in
            request == 2 ? .last("") : .bytes(ok("{}"))
        }
        try await withServer(script: script) { server in
            let client = try client(server)
            _ = try await client.request(.POST, "/", body: [1])
            let error = try await failure { _ = try await client.request(.POST, "/", body: [1]) }
            #expect(error.code == .unavailable && server.requests.count == 2)
        }
    }

    @Test("a body is streamed in pieces and the connection is kept after it")
    func streams() async throws {
        let length = 20 << 20
        try await withServer(saying: .body(length)) { server in
            let client = try client(server)
            for _ in 0..<2 {
                let count = try await client.withStream(.GET, "/big", headers: ["range": "bytes=0-"]) { response in
                    #expect(response.contentLength == Int64(length))
                    var count = 0
                    for try await piece in response.body {
                        #expect(piece.readableBytes <= 1 << 20)
                        count += piece.readableBytes
                    }
                    return count
                }
                #expect(count == length)
            }
            #expect(server.connections == 1 && server.requests[0].contains("range: bytes=0-"))
        }
    }

    @Test("a body that is not read to its end costs only its connection")
    func abandonsBody() async throws {
        let script: ScriptedServer.Script = { connection, _ in
            connection == 1 ? .body(20 << 20) : .bytes(ok("{}"))
        }
        try await withServer(script: script) { server in
            let client = try client(server)
            try await client.withStream(.GET, "/big") { response in
                for try await _ in response.body { break }
            }
            #expect(try await client.request(.GET, "/").status == 200)
            #expect(server.connections == 2)
        }
    }

    @Test("a body above the limit is refused")
    func limitsBody() async throws {
        try await withServer(saying: .body(5000)) { server in
            let client = try client(server, bodyLimit: 4999)
            let error = try await failure { _ = try await client.request(.GET, "/") }
            #expect(error.code == .exhausted)
        }
    }

    @Test("a silent server is given up after the read timeout")
    func timesOut() async throws {
        try await withServer(saying: .nothing) { server in
            let client = try client(server, readTimeout: .milliseconds(50))
            let error = try await failure { _ = try await client.request(.GET, "/slow") }
            #expect(error.code == .timeout)
            #expect(error.description.contains("GET /slow of http://127.0.0.1:\(server.port)"))
        }
    }

    @Test("a cancelled request ends at once")
    func cancels() async throws {
        let asked = AsyncStream.makeStream(of: Void.self)
        let script: ScriptedServer.Script = { _, _ in
            asked.continuation.yield()
            return .nothing
        }
        try await withServer(script: script) { server in
            let client = try client(server)
            let request = Task { try await client.request(.GET, "/") }
            for await _ in asked.stream { break }
            request.cancel()
            let error = try await failure { _ = try await request.value }
            #expect(error.code == .cancelled)
        }
    }

    @Test(
        "answers that break off or are not HTTP are errors",
        arguments: [
            ("HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nabc", MusterError.Code.unavailable),
            ("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n5\r\nab", .unavailable), ("", .unavailable),
            ("hello\r\n\r\n", .malformed), ("HTTP/1.1 200 OK\r\ncontent-length: x\r\n\r\n", .malformed),
        ])
    func refusesBroken(_ answer: String, _ code: MusterError.Code) async throws {
        try await withServer(saying: .last(answer)) { server in
            let client = try client(server)
            let error = try await failure { _ = try await client.request(.GET, "/") }
            #expect(error.code == code, "\(error)")
        }
    }

    @Test("nobody listening is said in plain words")
    func explainsRefusal() async throws {
        let port = try await withServer(saying: .nothing) { $0.port }
        let client = try HTTPClient(.http(address: "127.0.0.1", port: port), settings: .patient)
        let error = try await failure { _ = try await client.request(.GET, "/") }
        #expect(error.code == .unavailable && error.description.contains("nothing listens there"))
    }

    @Test("a missing socket says what to look at")
    func explainsMissingSocket() async throws {
        let client = try OperatorClient(socket: "/nonexistent/muster.sock")
        let error = try await failure { _ = try await client.get(OperatorPath.version, as: ServiceVersion.self) }
        #expect(error.code == .unavailable && error.advice == "is musterd running?")
    }

    @Test("a path with a line break is refused before anything is sent")
    func refusesSmuggling() async throws {
        let client = try HTTPClient(.http(address: "127.0.0.1", port: 9))
        let error = try await failure { _ = try await client.request(.GET, "/\r\nx: y") }
        #expect(error.code == .invalidInput)
    }
}

struct JSONRequestTests {
    @Test("a problem body becomes the error that the server meant")
    func readsProblem() async throws {
        let body = #"{"type":"urn:muster:conflict","title":"n1 is not armed","status":409,"detail":"arm it"}"#
        let answer =
            "HTTP/1.1 409 Conflict\r\ncontent-type: application/problem+json\r\n"
            + "content-length: \(body.utf8.count)\r\n\r\n\(body)"
        try await withServer(saying: .bytes(answer)) { server in
            let client = NodeClient(try HTTPClient(.http(address: "127.0.0.1", port: server.port), settings: .patient))
            let error = await #expect(throws: MusterError.self) { try await client.time() }
            #expect(error?.code == .conflict && error?.message == "n1 is not armed" && error?.advice == "arm it")
        }
    }

    @Test("an error without a problem body says what was asked of whom")
    func readsPlainError() async throws {
        let answer = "HTTP/1.1 404 Not Found\r\ncontent-length: 2\r\n\r\nno"
        try await withServer(saying: .bytes(answer)) { server in
            let client = NodeClient(try HTTPClient(.http(address: "127.0.0.1", port: server.port), settings: .patient))
            let error = await #expect(throws: MusterError.self) { try await client.file("/images/x") }
            #expect(error?.code == .notFound)
            #expect(
                error?.message == "GET /images/x of http://127.0.0.1:\(server.port) was answered with 404 Not Found")
        }
    }

    @Test("the key goes only into the authorization field")
    func sendsKey() async throws {
        try await withServer(saying: .bytes(ok(#"{"interval":60}"#))) { server in
            let http = try HTTPClient(.http(address: "127.0.0.1", port: server.port), settings: .patient)
            let client = NodeClient(http).with(key: Secret([UInt8](repeating: 0xAB, count: 32)))
            let beat = Heartbeat(
                image: nil, bootIdentifier: "b", uptime: 1, memoryAvailable: 2, goingDown: false)
            #expect(try await client.heartbeat(beat).interval == 60)
            let request = try #require(server.requests.first)
            #expect(request.contains("authorization: Bearer \(String(repeating: "ab", count: 32))\r\n"))
            #expect(request.hasPrefix("POST /node/v1/heartbeat HTTP/1.1\r\n"))
        }
    }

    @Test("a download goes on where it broke off, and not elsewhere")
    func resumes() async throws {
        let script: ScriptedServer.Script = { _, number in
            number == 1
                ? .bytes("HTTP/1.1 206 Partial\r\ncontent-length: 3\r\ncontent-range: bytes 7-9/10\r\n\r\nabc")
                : .bytes(ok("whole"))
        }
        try await withServer(script: script) { server in
            let client = NodeClient(try HTTPClient(.http(address: "127.0.0.1", port: server.port), settings: .patient))
            let rest = try await client.download("/image", from: 7) { body, size in
                #expect(size == 10)
                return try await body.collect(upTo: 100)
            }
            #expect(rest == Array("abc".utf8) && server.requests[0].contains("range: bytes=7-\r\n"))
            let error = await #expect(throws: MusterError.self) {
                try await client.download("/image", from: 7) { body, _ in try await body.collect(upTo: 100) }
            }
            #expect(error?.code == .conflict)
        }
    }
}
