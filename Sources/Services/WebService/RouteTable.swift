import MusterBase

/// A request for the API as the routes see it.
struct APIRequest: Sendable {
    var method: String
    /// Percent-decoded.
    var path: String
    var parameters: [String: String]
    var queryItems: [(name: String, value: String)]
    var body: [UInt8]
    /// The Authorization header field.
    var authorization: Secret<String>?
    var remoteAddress: RemoteAddress
    var caller: PeerIdentity?
}

/// Finds what is called for a method and a path.
struct RouteTable: Sendable {
    typealias Handler = @Sendable (APIRequest) async throws -> OperatorResponse

    enum Match {
        case found(Handler, parameters: [String: String])
        /// The path is known, but not with this method; those that are.
        case wrongMethod(allowed: [String])
        case notFound
    }

    private struct Route {
        let method: String
        let segments: [Segment]
        let handler: Handler
    }

    private enum Segment {
        case literal(Substring)
        case parameter(String)
    }

    /// By the number of segments.
    private var routes: [Int: [Route]] = [:]

    init() {}

    init(_ operatorRoutes: [OperatorRoute]) {
        for route in operatorRoutes {
            let handler = route.handler
            add(route.method, route.pattern) { request in
                try await handler(
                    OperatorRequest(
                        method: request.method, path: request.path, parameters: request.parameters,
                        queryItems: request.queryItems, body: request.body, caller: request.caller))
            }
        }
    }

    mutating func add(_ method: String, _ pattern: String, _ handler: @escaping Handler) {
        let segments = pattern.split(separator: "/").map { part in
            part.hasPrefix("{") && part.hasSuffix("}")
                ? Segment.parameter(String(part.dropFirst().dropLast())) : .literal(part)
        }
        routes[segments.count, default: []].append(Route(method: method, segments: segments, handler: handler))
    }

    /// - Parameter segments: of the path, each percent-decoded by itself, so that a value may hold a slash.
    func match(method: String, segments: [String]) -> Match {
        var allowed: [String] = []
        for route in routes[segments.count] ?? [] {
            guard let parameters = RouteTable.bind(route.segments, to: segments) else { continue }
            if route.method == method { return .found(route.handler, parameters: parameters) }
            allowed.append(route.method)
        }
        return allowed.isEmpty ? .notFound : .wrongMethod(allowed: allowed)
    }

    private static func bind(_ pattern: [Segment], to segments: [String]) -> [String: String]? {
        var parameters: [String: String] = [:]
        for (expected, segment) in zip(pattern, segments) {
            switch expected {
            case .literal(let text): if segment != text { return nil }
            case .parameter(let name): parameters[name] = segment
            }
        }
        return parameters
    }
}
