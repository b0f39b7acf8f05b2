import MusterAPI
import MusterBase

/// The routes of the node API.
struct NodeRoutes: Sendable {
    let handler: any NodeAPIHandling

    func table() -> RouteTable {
        var table = RouteTable()
        let handler = handler
        table.add("GET", NodePath.time) { _ in try .json(try await handler.time()) }
        table.add("POST", NodePath.enrol) { request in
            let body = try MusterJSON.decode(EnrolRequest.self, from: request.body, of: "the enrolment")
            return try .json(try await handler.enrol(body, from: request.remoteAddress))
        }
        table.add("GET", NodePath.configuration) { request in
            try .json(try await handler.configuration(for: try NodeRoutes.caller(of: request)))
        }
        table.add("POST", NodePath.hostCertificates) { request in
            let caller = try NodeRoutes.caller(of: request)
            let body = try MusterJSON.decode(
                HostCertificateRequest.self, from: request.body, of: "the request for host certificates")
            return try .json(try await handler.hostCertificates(body, for: caller))
        }
        table.add("POST", NodePath.events) { request in
            let caller = try NodeRoutes.caller(of: request)
            let body = try MusterJSON.decode(EventReport.self, from: request.body, of: "the report of events")
            try await handler.events(body, from: caller)
            return .noContent
        }
        table.add("POST", NodePath.heartbeat) { request in
            let caller = try NodeRoutes.caller(of: request)
            let body = try MusterJSON.decode(Heartbeat.self, from: request.body, of: "the heartbeat")
            return try .json(try await handler.heartbeat(body, from: caller))
        }
        table.add("POST", NodePath.bootOrder) { request in
            let caller = try NodeRoutes.caller(of: request)
            let body = try MusterJSON.decode(BootOrderReport.self, from: request.body, of: "the boot order")
            try await handler.bootOrder(body, from: caller)
            return .noContent
        }
        table.add("POST", NodePath.recoveryKeys) { request in
            let caller = try NodeRoutes.caller(of: request)
            let body = try MusterJSON.decode(RecoveryKeyReport.self, from: request.body, of: "the recovery key")
            try await handler.recoveryKey(body, from: caller)
            return .noContent
        }
        addStages(to: &table)
        return table
    }

    private func addStages(to table: inout RouteTable) {
        let handler = handler
        table.add("GET", NodePath.files) { request in
            try .json(try await handler.files(for: try NodeRoutes.caller(of: request)))
        }
        table.add("GET", NodePath.files + "/{digest}") { request in
            let caller = try NodeRoutes.caller(of: request)
            guard let digest = ContentDigest("sha256:\(request.parameters["digest"] ?? "")") else {
                throw MusterError(.invalidInput, "a file is asked for by the 64 hexadecimal digits of its digest")
            }
            let content = try await handler.content(digest, for: caller)
            // A piece at a time: a thousand nodes may fetch at once.
            let body = OperatorResponse.Body.stream { writer in
                while let piece = try content.next() { try await writer.write(piece) }
            }
            return OperatorResponse(contentType: "application/octet-stream", body: body)
        }
        table.add("POST", NodePath.plays) { request in
            let caller = try NodeRoutes.caller(of: request)
            let body = try MusterJSON.decode(PlaysRequest.self, from: request.body, of: "the request for plays")
            return try .json(try await handler.plays(body, for: caller))
        }
    }

    /// Reads `Bearer` and 64 hexadecimal digits (RFC 6750, section 2.1).
    static func caller(of request: APIRequest) throws -> NodeCaller {
        guard let field = request.authorization?.reveal() else {
            throw MusterError(.unauthenticated, "\(request.path) needs the node's key")
        }
        let parts = field.split(separator: " ")
        guard parts.count == 2, parts[0].lowercased() == "bearer", parts[1].utf8.count == 64,
            let octets = hexBytes(parts[1])
        else { throw MusterError(.unauthenticated, "the key is not 'Bearer' and 64 hexadecimal digits") }
        return NodeCaller(key: Secret(octets), remoteAddress: request.remoteAddress)
    }
}
