/// The one error type at module borders.
///
/// `message` says what was being done to what, in one line and plain words; it never repeats `cause`. What to do about
/// it goes in `advice`.
public struct MusterError: Error, Sendable {
    /// What kind of failure this is. Decides the HTTP status and the exit code, see ``httpStatus`` and ``exitCode``.
    public struct Code: Sendable, Hashable, CustomStringConvertible {
        public let rawValue: String

        private init(_ rawValue: String) { self.rawValue = rawValue }

        /// A value, expression or file given by the user cannot be taken.
        public static let invalidInput = Code("invalid_input")
        /// Bytes from the network or from disk are not of the form that they have to be.
        public static let malformed = Code("malformed")
        public static let notFound = Code("not_found")
        public static let alreadyExists = Code("already_exists")
        /// The thing is in a state that does not allow this, such as a key that was granted before.
        public static let conflict = Code("conflict")
        public static let unauthenticated = Code("unauthenticated")
        public static let forbidden = Code("forbidden")
        /// The server, a network or a device does not answer.
        public static let unavailable = Code("unavailable")
        public static let timeout = Code("timeout")
        /// A digest or signature is not the one that was promised.
        public static let verificationFailed = Code("verification_failed")
        /// A limit (space, size, count) is reached.
        public static let exhausted = Code("exhausted")
        /// The history that was asked for is no longer kept: read the present state again.
        public static let compacted = Code("compacted")
        /// An external program or system call failed.
        public static let systemFailure = Code("system_failure")
        public static let unsupported = Code("unsupported")
        public static let cancelled = Code("cancelled")
        /// A fault of Muster's own.
        public static let internalFailure = Code("internal")

        public var description: String { rawValue }

        /// The code of that name, as read from an API answer; an unknown name is ``internalFailure``.
        public init(named name: String) {
            self = Code.known[name] ?? .internalFailure
        }

        private static let known: [String: Code] = Dictionary(
            uniqueKeysWithValues: [
                invalidInput, malformed, notFound, alreadyExists, conflict, unauthenticated, forbidden, unavailable,
                timeout, verificationFailed, exhausted, compacted, systemFailure, unsupported, cancelled,
                internalFailure,
            ].map { ($0.rawValue, $0) })
    }

    public let code: Code
    public let message: String
    /// What the user can do, when that is known.
    public let advice: String?
    public let cause: (any Error)?

    public init(_ code: Code, _ message: String, advice: String? = nil, cause: (any Error)? = nil) {
        self.code = code
        self.message = message
        self.advice = advice
        self.cause = cause
    }

    /// The HTTP status that carries this error in an RFC 9457 body.
    public var httpStatus: Int {
        switch code {
        case .invalidInput, .malformed: 400
        case .unauthenticated: 401
        case .forbidden: 403
        case .notFound: 404
        case .alreadyExists, .conflict: 409
        case .compacted: 410
        case .verificationFailed: 422
        case .unsupported: 501
        case .unavailable: 503
        case .timeout: 504
        case .exhausted: 507
        default: 500
        }
    }

    /// The exit code of a program that ends with this error: 64 for usage, 1 for all else.
    public var exitCode: Int32 { code == .invalidInput ? 64 : 1 }
}

extension MusterError: CustomStringConvertible {
    /// The message, then each cause behind a colon, then the advice: one line for people.
    public var description: String {
        var text = message
        var next = cause
        while let error = next {
            if let muster = error as? MusterError {
                text += ": \(muster.message)"
                next = muster.cause
            } else {
                text += ": \(error)"
                next = nil
            }
        }
        if let advice { text += "; \(advice)" }
        return text
    }
}
