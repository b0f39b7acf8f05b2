import MusterBase
import NIOCore
import NIOHTTP1
import NIOSSL

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif

/// Turns what NIO, NIOSSL or the kernel reports into one line for people.
func connectionError(
    _ error: any Error, subject: String, endpoint: ServerEndpoint, timeout: Duration
) -> any Error {
    if error is MusterError || error is CancellationError { return error }
    if Task.isCancelled { return MusterError(.cancelled, "\(subject) was given up") }
    if let failure = error as? TLSFailure ?? TLSFailure.from(error) {
        return MusterError(.verificationFailed, subject, cause: failure)
    }
    if let failure = error as? IOError {
        return MusterError(
            .unavailable, "\(subject): \(describe(failure.errnoCode))", advice: advice(failure, endpoint))
    }
    switch error {
    case ChannelError.connectTimeout(let amount):
        return MusterError(.timeout, "\(subject): no connection within \(seconds(amount.nanoseconds)) s")
    case ExchangeFailure.handshakeTimeout:
        return MusterError(.timeout, "\(subject): the TLS handshake was not answered in time")
    case ExchangeFailure.silent:
        let (whole, part) = timeout.components
        return MusterError(
            .timeout, "\(subject): no answer within \(seconds(whole * 1_000_000_000 + part / 1_000_000_000)) s")
    case ExchangeFailure.closed, ChannelError.ioOnClosedChannel, ChannelError.alreadyClosed, ChannelError.eof,
        NIOSSLError.uncleanShutdown, HTTPParserError.invalidEOFState:
        return MusterError(.unavailable, "\(subject): the server closed the connection before it had answered in full")
    case is HTTPParserError:
        return MusterError(.malformed, "\(subject): the answer is not HTTP")
    default:
        return MusterError(.unavailable, subject, cause: error)
    }
}

private func seconds(_ nanoseconds: Int64) -> String {
    let tenths = nanoseconds / 100_000_000
    return tenths % 10 == 0 ? "\(tenths / 10)" : "\(tenths / 10).\(tenths % 10)"
}

private func describe(_ code: CInt) -> String {
    switch code {
    case ECONNREFUSED: "nothing listens there"
    case ECONNRESET, EPIPE: "the server broke the connection off"
    case EHOSTUNREACH: "no machine with that address answers"
    case ENETUNREACH: "there is no route to that network"
    case ETIMEDOUT: "no answer from that address"
    case ENOENT: "there is no such socket"
    case EACCES, EPERM: "this user may not use it"
    default: "system error \(code)"
    }
}

private func advice(_ error: IOError, _ endpoint: ServerEndpoint) -> String? {
    guard case .unixSocket = endpoint else { return nil }
    switch error.errnoCode {
    case ENOENT, ECONNREFUSED: return "is musterd running?"
    case EACCES, EPERM: return "run it as a member of the socket's group, or as root"
    default: return nil
    }
}
