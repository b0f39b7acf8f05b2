import MusterBase

/// The body of every answer that is an error (RFC 9457, `application/problem+json`).
public struct Problem: Codable, Sendable, Hashable {
    /// The error's code as a URN: `urn:muster:not_found`.
    public var type: String
    /// The whole line for people.
    public var title: String
    public var status: Int
    /// What to do, where that is known.
    public var detail: String?

    public init(_ error: MusterError) {
        type = "urn:muster:\(error.code)"
        var whole = error
        whole = MusterError(error.code, error.message, cause: error.cause)
        title = whole.description
        status = error.httpStatus
        detail = error.advice
    }

    /// The error that this body carries, as the other end sees it.
    public var error: MusterError {
        let name = type.hasPrefix("urn:muster:") ? String(type.dropFirst("urn:muster:".count)) : "internal"
        return MusterError(.init(named: name), title, advice: detail)
    }
}
