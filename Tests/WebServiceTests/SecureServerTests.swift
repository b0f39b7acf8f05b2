import APIClient
import MusterAPI
import MusterBase
import NIOHTTP1
import TestSupport
import Testing
import WebService

/// Serves tree and node API by HTTPS; `body` gets a client of it.
private func withSecureServer<Result: Sendable>(
    _ api: FakeNodeAPI = FakeNodeAPI(), identity: TLSIdentity? = nil, tree: PublicTree? = nil,
    limits: WebLimits = .patient, _ body: @escaping @Sendable (HTTPClient) async throws -> Result
) async throws -> Result {
    let tree = try tree ?? PublicTree()
    let identity =
        try identity
        ?? TLSIdentity(certificates: TestCertificates.server, key: Secret(TestCertificates.key))
    return try await withService {
        SecureServer(
            [.tcp(address: "127.0.0.1", port: 0)], identity: identity, files: try tree.files(), nodes: api,
            limits: limits, logger: quietLogger, onListening: $0)
    } _: { addresses in
        try await body(
            try patientClient(
                .https(address: "127.0.0.1", port: try port(of: addresses), authorities: TestCertificates.authority)))
    }
}

struct SecureServerTests {
    private let key = Secret([UInt8](0..<32))

    @Test("files are served over TLS whole and in part")
    func servesFiles() async throws {
        try await withSecureServer { client in
            let whole = distinctOctets(3_000_001)
            #expect(try await client.request(.GET, "/big").body == whole)
            let rest = try await NodeClient(client).download("/big", from: 2_999_000) { body, size in
                #expect(size == 3_000_001)
                return try await body.collect(upTo: 10_000)
            }
            #expect(rest == Array(whole[2_999_000...]))
            #expect(try await client.request(.GET, "/os/boot.ipxe").body == Array("#!ipxe\n".utf8))
        }
    }

    @Test("the node API and files share one connection")
    func sharesConnection() async throws {
        try await withSecureServer { client in
            let node = NodeClient(client)
            for _ in 0..<3 {
                let time = try await node.time()
                let file = try await node.file("/os/boot.ipxe")
                #expect(time.time == Timestamp(seconds: 5) && file.count == 7)
            }
        }
    }

    @Test("the content of a file for a node comes piece by piece, to those with a key alone")
    func fileContents() async throws {
        try await withSecureServer { client in
            let digest = try EnrolRequest.example().keyDigest
            let content = try await NodeClient(client).with(key: key).content(digest)
            #expect(content.count == 100_000 && content.first == 1 && content.last == 100)
            #expect(try await NodeClient(client).with(key: key).files() == FileList(files: []))
            let status = try await NodeClient(client).with(key: key).plays(PlaysRequest(stage: "onboot", run: "1"))
            #expect(status == PlaysStatus(state: .running, message: "onboot"))
            #expect(await awaitedError { _ = try await NodeClient(client).content(digest) }?.code == .unauthenticated)
            let path = NodePath.files + "/x"
            let headers: HTTPHeaders = ["authorization": "Bearer \(hexText(key.reveal()))"]
            #expect(try await client.request(.GET, path, headers: headers).status == 400)
        }
    }

    @Test("an enrolment reaches the handler with the address it came from")
    func enrols() async throws {
        try await withSecureServer { client in
            let answer = try await NodeClient(client).enrol(try .example())
            #expect(answer == EnrolResponse(node: "127.0.0.1", deployment: "1.0"))
        }
    }

    @Test("a key reaches the handler, and the handler's refusal the node")
    func passesKey() async throws {
        let api = FakeNodeAPI()
        let key = key
        try await withSecureServer(api) { client in
            let error = await #expect(throws: MusterError.self) {
                try await NodeClient(client, key: key).configuration()
            }
            #expect(error?.code == .forbidden && error?.message.hasPrefix("the key was revoked") == true)
            #expect(api.keys.withLock { $0 } == [[UInt8](0..<32)])
        }
    }

    @Test(
        "without a key of the right form the handler is not asked",
        arguments: [
            "", "Bearer", "Bearer 00", "Basic \(String(repeating: "00", count: 32))",
            "Bearer \(String(repeating: "zz", count: 32))", "Bearer \(String(repeating: "00", count: 33))",
        ])
    func refusesBadKey(_ field: String) async throws {
        let api = FakeNodeAPI()
        try await withSecureServer(api) { client in
            let headers: HTTPHeaders = field.isEmpty ? [:] : ["authorization": field]
            let answer = try await client.request(.GET, NodePath.configuration, headers: headers)
            #expect(answer.status == 401 && api.keys.withLock { $0.isEmpty })
            #expect(answer.headers.first(name: "content-type") == "application/problem+json")
        }
    }

    @Test("an error that is not meant for others does not show what it holds")
    func hidesInternals() async throws {
        let key = key
        try await withSecureServer { client in
            let headers: HTTPHeaders = ["authorization": "Bearer \(hexText(key.reveal()))"]
            let beat = try MusterJSON.encode(
                Heartbeat(image: nil, bootIdentifier: "b", uptime: 1, memoryAvailable: 1, goingDown: false))
            let answer = try await client.request(.POST, NodePath.heartbeat, headers: headers, body: beat)
            #expect(answer.status == 500 && !String(decoding: answer.body, as: UTF8.self).contains("hunter2"))
        }
    }

    @Test("broken JSON is answered with the place that is wrong")
    func explainsBadBody() async throws {
        try await withSecureServer { client in
            let answer = try await client.request(.POST, NodePath.enrol, body: Array("{\"machine\":5}".utf8))
            let problem = try #require(answer.problem(of: "enrol"))
            #expect(answer.status == 400 && problem.code == .malformed && problem.message.contains("machine"))
        }
    }

    @Test("unknown paths and methods of the API are problems too")
    func refusesUnknown() async throws {
        try await withSecureServer { client in
            #expect(try await client.request(.GET, "/node/v1/nothing").status == 404)
            let wrong = try await client.request(.DELETE, NodePath.time)
            #expect(wrong.status == 405 && wrong.headers.first(name: "allow") == "GET")
        }
    }

    @Test("a body above the limit is refused, announced or not")
    func limitsBody() async throws {
        try await withSecureServer(limits: .patient(body: 1000)) { client in
            let announced = try await client.request(.POST, NodePath.enrol, body: [UInt8](repeating: 65, count: 1001))
            #expect(announced.status == 413)
            #expect(try await client.request(.GET, NodePath.time).status == 200)
        }
    }

    @Test("a file asked for behind an answer of the API does not overtake it")
    func keepsOrder() async throws {
        let (entered, enter) = AsyncStream.makeStream(of: Void.self)
        let (released, release) = AsyncStream.makeStream(of: Void.self)
        let tree = try PublicTree()
        let routes = [
            OperatorRoute("GET", "/node/v1/time") { _ in
                enter.yield()
                for await _ in released { break }
                return OperatorResponse(contentType: "text/plain", body: .bytes(Array("slow".utf8)))
            }
        ]
        let answer = try await withService {
            MixedServer(
                [.tcp(address: "127.0.0.1", port: 0)], files: try tree.files(), apiPrefix: "/node/", routes: routes,
                limits: .patient, logger: quietLogger, onListening: $0)
        } _: { addresses in
            async let answer = exchange(
                try port(of: addresses),
                "GET /node/v1/time HTTP/1.1\r\nhost: x\r\n\r\nGET /os/boot.ipxe HTTP/1.1\r\nhost: x\r\n\r\n"
                    + "GET /node/v1/time HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n")
            var count = 0
            for await _ in entered {
                release.yield()
                count += 1
                if count == 2 { break }
            }
            return try await answer
        }
        #expect(statuses(answer) == [200, 200, 200])
        let bodies = answer.split(separator: "\r\n\r\n").dropFirst().map { $0.prefix(4) }
        #expect(bodies == ["slow", "#!ip", "slow"])
    }

    @Test("a new certificate is shown from the next connection on, a broken one not at all")
    func reloads() async throws {
        let identity = try TLSIdentity(certificates: TestCertificates.server, key: Secret(TestCertificates.key))
        try await withSecureServer(identity: identity) { client in
            #expect(try await client.request(.GET, "/empty").status == 200)
            #expect(throws: MusterError.self) {
                try identity.reload(certificates: "nothing", key: Secret(TestCertificates.key))
            }
            try identity.reload(certificates: TestCertificates.renewed, key: Secret(TestCertificates.key))
            client.close()
            #expect(try await client.request(.GET, "/empty").status == 200)
        }
    }
}
