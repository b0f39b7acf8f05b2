import APIClient
import Glibc
import MusterAPI
import MusterBase
import NIOCore
import NIOHTTP1
import NIOPosix
import TestSupport
import Testing
import WebService

/// What a route saw of a request.
private struct Echo: Codable, Sendable, Equatable {
    var parameters: [String: String]
    var query: [String]
    var bodyLength: Int
    var uid: UInt32?
    var pid: Int32?
    var user: String?
}

private let routes = [
    OperatorRoute("GET", "/api/v1/trace/{node}") { try echo($0) },
    OperatorRoute("POST", "/api/v1/nodes") { try echo($0) },
    OperatorRoute("DELETE", "/api/v1/nodes") { _ in .noContent },
    OperatorRoute("GET", "/api/v1/stream") { _ in
        OperatorResponse(
            contentType: "text/plain",
            body: .stream { writer in
                for number in 0..<100 { try await writer.write(Array("\(number)\n".utf8)) }
            })
    },
    OperatorRoute("GET", "/api/v1/broken") { _ in
        OperatorResponse(
            body: .stream { writer in
                try await writer.write([1, 2, 3])
                throw MusterError(.unavailable, "gone")
            })
    },
    OperatorRoute("GET", "/api/v1/number") { request in
        try .json([String(try request.queryNumber("after") ?? -1)])
    },
]

private func echo(_ request: OperatorRequest) throws -> OperatorResponse {
    try .json(
        Echo(
            parameters: request.parameters, query: request.queryItems.map { "\($0.name)=\($0.value)" },
            bodyLength: request.body.count, uid: request.caller?.uid, pid: request.caller?.pid,
            user: request.caller?.userName))
}

private func withControlServer<Result: Sendable>(
    _ path: String, limits: WebLimits = .patient(body: 64 << 20),
    _ body: @escaping @Sendable (OperatorClient) async throws -> Result
) async throws -> Result {
    try await withService {
        ControlServer([.unix(path: path)], routes: routes, limits: limits, logger: quietLogger, onListening: $0)
    } _: { _ in
        try await body(OperatorClient(try patientClient(.unixSocket(path: path))))
    }
}

struct ControlServerTests {
    @Test("parameters, query and body reach the route, decoded")
    func passesRequest() async throws {
        let tree = try PublicTree()
        try await withControlServer(tree.base + "/s") { client in
            let query = [QueryItem("range", "n[1-3]"), QueryItem("attribute", "a b&c"), QueryItem("attribute", "é")]
            let seen: Echo = try await client.get("/api/v1/trace/n 1+", query: query)
            #expect(seen.parameters == ["node": "n 1+"])
            #expect(seen.query == ["range=n[1-3]", "attribute=a b&c", "attribute=é"])
            let posted: Echo = try await client.post("/api/v1/nodes", [String](repeating: "x", count: 300_000))
            #expect(posted.bodyLength == 1_200_001)
            try await client.send(.DELETE, "/api/v1/nodes")
        }
    }

    @Test("the caller is who the kernel says")
    func identifiesCaller() async throws {
        let tree = try PublicTree()
        try await withControlServer(tree.base + "/s") { client in
            let seen: Echo = try await client.get("/api/v1/trace/x")
            #expect(seen.uid == getuid() && seen.pid == getpid())
            #expect(getuid() != 0 || seen.user == "root")
        }
    }

    @Test("the socket has the mode that was asked for and is gone afterwards")
    func setsMode() async throws {
        let tree = try PublicTree()
        let path = tree.base + "/s"
        try await withControlServer(path) { _ in
            var status = stat()
            #expect(lstat(path, &status) == 0 && status.st_mode & 0o7777 == 0o660)
        }
        #expect(access(path, F_OK) != 0)
    }

    @Test("a socket that a killed process has left is replaced")
    func replacesStale() async throws {
        let tree = try PublicTree()
        let path = tree.base + "/s"
        // Bound and never listened to, as the file of a dead process looks.
        let descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
        let bound = try SocketAddress(unixDomainSocketPath: path).withSockAddr { bind(descriptor, $0, socklen_t($1)) }
        #expect(bound == 0 && close(descriptor) == 0)
        #expect(access(path, F_OK) == 0)
        try await withControlServer(path) { client in
            let seen: Echo = try await client.get("/api/v1/trace/x")
            #expect(seen.parameters == ["node": "x"])
        }
    }

    @Test("a socket that is served, or a file of its name, is left alone")
    func refusesTaken() async throws {
        let tree = try PublicTree()
        let path = tree.base + "/s"
        try await withControlServer(path) { client in
            let second = ControlServer([.unix(path: path)], routes: [], logger: quietLogger)
            let error = await #expect(throws: MusterError.self) { try await second.run() }
            #expect(error?.code == .conflict)
            let seen: Echo = try await client.get("/api/v1/trace/x")
            #expect(seen.bodyLength == 0)
        }
        try tree.write("file", [1])
        let other = ControlServer([.unix(path: tree.base + "/file")], routes: [], logger: quietLogger)
        await #expect(throws: MusterError.self) { try await other.run() }
    }

    @Test("an answer can be sent piece by piece")
    func streams() async throws {
        let tree = try PublicTree()
        try await withControlServer(tree.base + "/s") { client in
            let answer = try await client.http.request(.GET, "/api/v1/stream")
            #expect(answer.body == Array((0..<100).map { "\($0)\n" }.joined().utf8))
            // The connection goes on after it.
            #expect(try await client.http.request(.GET, "/api/v1/stream").status == 200)
        }
    }

    @Test("an answer that breaks off in the middle does not look whole")
    func breaksOff() async throws {
        let tree = try PublicTree()
        try await withControlServer(tree.base + "/s") { client in
            let error = await #expect(throws: MusterError.self) {
                try await client.http.request(.GET, "/api/v1/broken")
            }
            #expect(error?.code == .unavailable)
        }
    }

    @Test("a number in the query that is none is the caller's mistake")
    func refusesBadNumber() async throws {
        let tree = try PublicTree()
        try await withControlServer(tree.base + "/s") { client in
            let after: [String] = try await client.get("/api/v1/number", query: [QueryItem("after", "7")])
            #expect(after == ["7"])
            let error = await #expect(throws: MusterError.self) {
                let _: [String] = try await client.get("/api/v1/number", query: [QueryItem("after", "x")])
            }
            #expect(error?.code == .invalidInput)
        }
    }

    @Test("a body that was not announced is counted too")
    func limitsChunkedBody() async throws {
        let tree = try PublicTree()
        try await withService {
            MixedServer(
                [.tcp(address: "127.0.0.1", port: 0)], files: try tree.files(), apiPrefix: "/api/", routes: routes,
                limits: .patient(body: 1000), logger: quietLogger, onListening: $0)
        } _: { addresses in
            let chunk = "190\r\n\(String(repeating: "a", count: 400))\r\n"
            let answer = try await exchange(
                try port(of: addresses),
                "POST /api/v1/nodes HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\n"
                    + "\(chunk)\(chunk)\(chunk)0\r\n\r\n")
            #expect(statuses(answer) == [413])
        }
    }

    private func answers(_ requests: String...) async throws -> [[Int]] {
        let tree = try PublicTree()
        return try await withService {
            MixedServer(
                [.tcp(address: "127.0.0.1", port: 0)], files: try tree.files(), apiPrefix: "/api/", routes: routes,
                limits: .patient, logger: quietLogger, onListening: $0)
        } _: { addresses in
            var answers: [[Int]] = []
            for request in requests {
                answers.append(statuses(try await exchange(try port(of: addresses), request)))
            }
            return answers
        }
    }

    @Test(
        "a body in a coding other than chunked alone is refused, and the connection ends",
        arguments: [
            "gzip, chunked", "gzip", "identity", "chunked, chunked", "xchunked", "chunked\r\ntransfer-encoding: gzip",
        ])
    func refusesCodings(_ coding: String) async throws {
        let rest =
            "host: x\r\ntransfer-encoding: \(coding)\r\n\r\n0\r\n\r\n"
            + "GET /os/boot.ipxe HTTP/1.1\r\nhost: x\r\n\r\n"
        let answers = try await answers(
            "POST /api/v1/nodes HTTP/1.1\r\n" + rest, "GET /os/boot.ipxe HTTP/1.1\r\n" + rest)
        for answer in answers { #expect(answer == [501] || answer == [400], "\(coding)") }
    }

    @Test("HTTP/1.0 has no chunks, and chunked may be written in capitals")
    func chunkedVersions() async throws {
        let rest =
            "host: x\r\ntransfer-encoding: Chunked\r\nconnection: close\r\n\r\n2\r\n[]\r\n0\r\n\r\n"
        let answers = try await answers(
            "POST /api/v1/nodes HTTP/1.0\r\n" + rest, "POST /api/v1/nodes HTTP/1.1\r\n" + rest)
        #expect(answers == [[400], [200]])
    }

    @Test(
        "a chunk whose size is no number is refused at once",
        arguments: ["FFFFFFFFFFFFFFFFF", "10000000000000000", "x"])
    func refusesChunkSizes(_ size: String) async throws {
        let rest = "host: x\r\ntransfer-encoding: chunked\r\n\r\n\(size)\r\n"
        #expect(try await answers("POST /api/v1/nodes HTTP/1.1\r\n" + rest) == [[400]])
    }

    @Test("a client that waits for leave to send its body gets it")
    func invitesBody() async throws {
        let tree = try PublicTree()
        try await withService {
            MixedServer(
                [.tcp(address: "127.0.0.1", port: 0)], files: try tree.files(), apiPrefix: "/api/", routes: routes,
                limits: .patient, logger: quietLogger, onListening: $0)
        } _: { addresses in
            let answer = try await exchange(
                try port(of: addresses),
                "POST /api/v1/nodes HTTP/1.1\r\nhost: x\r\nexpect: 100-continue\r\ncontent-length: 2\r\n"
                    + "connection: close\r\n\r\n[]")
            #expect(statuses(answer) == [100, 200])
        }
    }
}
