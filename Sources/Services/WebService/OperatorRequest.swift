import MusterAPI
import MusterBase

/// Who calls through a Unix socket, as the kernel says it.
public struct PeerIdentity: Sendable, Hashable {
    public let uid: UInt32
    public let gid: UInt32
    public let pid: Int32
    /// From the user database; absent when the number has no name there.
    public let userName: String?

    public init(uid: UInt32, gid: UInt32, pid: Int32, userName: String?) {
        self.uid = uid
        self.gid = gid
        self.pid = pid
        self.userName = userName
    }
}

extension PeerIdentity: CustomStringConvertible {
    /// The user's name, else `uid N`: for the audit trail.
    public var description: String { userName ?? "uid \(uid)" }
}

/// A request of an operator. All text is percent-decoded.
public struct OperatorRequest: Sendable {
    public let method: String
    public let path: String
    /// The values of the pattern's `{name}` segments.
    public let parameters: [String: String]
    /// In the order of the query.
    public let queryItems: [(name: String, value: String)]
    public let body: [UInt8]
    /// Absent only when the kernel did not say.
    public let caller: PeerIdentity?

    public init(
        method: String, path: String, parameters: [String: String] = [:],
        queryItems: [(name: String, value: String)] = [], body: [UInt8] = [], caller: PeerIdentity? = nil
    ) {
        self.method = method
        self.path = path
        self.parameters = parameters
        self.queryItems = queryItems
        self.body = body
        self.caller = caller
    }

    /// A parameter of the path. Throws `internal` for a name that the route's pattern has not.
    public func parameter(_ name: String) throws -> String {
        guard let value = parameters[name] else {
            throw MusterError(.internalFailure, "the route of \(path) has no parameter '\(name)'")
        }
        return value
    }

    /// The first value of a query item.
    public func query(_ name: String) -> String? { queryItems.first { $0.name == name }?.value }

    /// All values of a query item that may stand more than once.
    public func queryValues(_ name: String) -> [String] { queryItems.filter { $0.name == name }.map(\.value) }

    /// A whole number in the query; nil when absent. Throws `invalid_input` for anything else.
    public func queryNumber(_ name: String) throws -> Int64? {
        guard let text = query(name) else { return nil }
        guard let number = Int64(text) else {
            throw MusterError(.invalidInput, "query item '\(name)' is '\(text)', not a whole number")
        }
        return number
    }

    /// The body as JSON. Throws `malformed` that says where it is wrong.
    public func decode<Value: Decodable>(_ type: Value.Type = Value.self) throws -> Value {
        try MusterJSON.decode(type, from: body, of: "the request's body")
    }
}
