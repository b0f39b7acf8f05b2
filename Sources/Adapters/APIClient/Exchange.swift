import MusterBase
import NIOCore
import NIOHTTP1
import Synchronization

/// One request and its answer on one connection.
final class Exchange: Sendable {
    private struct State {
        var isComplete = false
        var keepsAlive = false
    }

    /// What was asked of whom, for error messages.
    let subject: String
    private let connection: HTTPConnection
    private let endpoint: ServerEndpoint
    private let readTimeout: Duration
    private let state = Mutex(State())

    init(subject: String, connection: HTTPConnection, endpoint: ServerEndpoint, readTimeout: Duration) {
        self.subject = subject
        self.connection = connection
        self.endpoint = endpoint
        self.readTimeout = readTimeout
    }

    /// True when the whole answer was read and the connection can carry the next request.
    var isReusable: Bool { state.withLock { $0.isComplete && $0.keepsAlive } }

    func readHead() async throws -> HTTPResponseHead {
        guard case .head(let head) = try await connection.next(timeout: readTimeout) else {
            throw ExchangeFailure.closed
        }
        state.withLock { $0.keepsAlive = head.isKeepAlive }
        return head
    }

    /// The next piece of the body; nil at its end.
    func nextPiece() async throws -> ByteBuffer? {
        guard !state.withLock({ $0.isComplete }) else { return nil }
        do {
            switch try await connection.next(timeout: readTimeout) {
            case .body(let buffer): return buffer
            case .end:
                state.withLock { $0.isComplete = true }
                return nil
            case .head: throw ExchangeFailure.closed
            }
        } catch {
            throw connectionError(error, subject: subject, endpoint: endpoint, timeout: readTimeout)
        }
    }
}
