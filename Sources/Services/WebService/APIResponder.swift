import HTTPTypes
import HummingbirdCore
import Logging
import MusterAPI
import MusterBase
import NIOCore

/// Answers the requests of one connection for the API: finds the route, reads the body, turns errors into problem
/// bodies (RFC 9457).
struct APIResponder: Sendable {
    let routes: RouteTable
    let bodyLimit: Int
    let logger: Logger
    let remoteAddress: RemoteAddress
    let caller: PeerIdentity?

    /// One for all servers of the process: whatever makes requests fail, fails many.
    private static let logLimiter = LogLimiter(atOnce: 20, interval: .seconds(1))

    func respond(_ request: Request, _ writer: consuming ResponseWriter) async throws {
        let answer = await answer(request)
        var head = HTTPTypes.HTTPResponse(status: .init(code: answer.status))
        for field in answer.extraFields { head.headerFields.append(field) }
        switch answer.body {
        case .none:
            if answer.status != 204 { head.headerFields[.contentLength] = "0" }
            try await writer.writeResponse(head)
        case .bytes(let bytes):
            head.headerFields[.contentType] = answer.contentType
            head.headerFields[.contentLength] = String(bytes.count)
            try await writer.write(response: head, body: ResponseBody(byteBuffer: ByteBuffer(bytes: bytes)))
        case .stream(let produce):
            head.headerFields[.contentType] = answer.contentType
            var body = try await writer.writeHead(head)
            try await APIResponder.stream(produce, to: &body)
            try await body.finish(nil)
        }
    }

    /// Runs the producer beside the writing; it waits when the receiver is slow, and is cancelled when it has gone.
    private static func stream(
        _ produce: @escaping @Sendable (OperatorResponseWriter) async throws -> Void,
        to writer: inout some ResponseBodyWriter
    ) async throws {
        let (pieces, source) = RequestBody.makeStream()
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask {
                do {
                    try await produce(
                        OperatorResponseWriter { bytes in
                            try Task.checkCancellation()
                            if !bytes.isEmpty { await source.yield(ByteBuffer(bytes: bytes)) }
                        })
                    source.finish()
                } catch {
                    source.finish(error)
                }
            }
            for try await piece in pieces { try await writer.write(piece) }
        }
    }

    private struct Answer {
        var status: Int
        var contentType: String
        var body: OperatorResponse.Body
        var extraFields: [HTTPField] = []

        init(_ response: OperatorResponse) {
            status = (200..<600).contains(response.status) ? response.status : 500
            contentType = response.contentType
            body = response.body
        }
    }

    private func answer(_ request: Request) async -> Answer {
        do {
            guard let target = APITarget(request.head.path ?? "") else {
                throw MusterError(.malformed, "the request's path cannot be read")
            }
            let method = request.method.rawValue
            switch routes.match(method: method, segments: target.segments) {
            case .notFound: throw MusterError(.notFound, "there is nothing at \(target.path)")
            case .wrongMethod(let allowed):
                var answer = problem(MusterError(.unsupported, "\(target.path) has no \(method)"), status: 405)
                answer.extraFields.append(HTTPField(name: .allow, value: allowed.joined(separator: ", ")))
                return answer
            case .found(let handler, let parameters):
                let body = try await request.body.collect(upTo: bodyLimit)
                let call = APIRequest(
                    method: method, path: target.path, parameters: parameters, queryItems: target.queryItems,
                    body: Array(body.readableBytesView),
                    authorization: request.headers[.authorization].map(Secret.init), remoteAddress: remoteAddress,
                    caller: caller)
                return Answer(try await handler(call))
            }
        } catch is NIOTooManyBytesError {
            let error = MusterError(.exhausted, "the request's body is larger than \(bodyLimit) octets")
            var answer = problem(error, status: 413)
            answer.extraFields.append(HTTPField(name: .connection, value: "close"))
            return answer
        } catch {
            return problem(of: error, request)
        }
    }

    private func problem(of error: any Error, _ request: Request) -> Answer {
        if let error = error as? MusterError {
            if error.httpStatus >= 500 { log(error, request) }
            return problem(error, status: error.httpStatus)
        }
        if error is CancellationError {
            return problem(MusterError(.cancelled, "the service is going down"), status: 503)
        }
        log(error, request)
        return problem(MusterError(.internalFailure, "an error inside musterd; its log has more"), status: 500)
    }

    private func problem(_ error: MusterError, status: Int) -> Answer {
        var problem = Problem(error)
        problem.status = status
        let bytes = (try? MusterJSON.encode(problem)) ?? Array("{}".utf8)
        return Answer(
            OperatorResponse(status: status, contentType: "application/problem+json", body: .bytes(bytes)))
    }

    private func log(_ error: any Error, _ request: Request) {
        guard let admission = APIResponder.logLimiter.admit("request failed") else { return }
        logger.error(
            "request failed",
            metadata: [
                "method": "\(quotedForLog(request.method.rawValue, limit: 16))",
                "path": "\(quotedForLog(request.uri.path, limit: 256))", "error": "\(error)",
                "remote": "\(remoteAddress)", "not_logged_before": "\(admission.notLogged)",
            ])
    }
}
