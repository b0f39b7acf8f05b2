import APIClient
import MusterBase

/// The service behind its Unix socket.
struct SocketService: OperatorService {
    private let location: ServerLocation
    private let http: HTTPClient

    /// Opens no connection yet.
    init(_ location: ServerLocation) throws {
        self.location = location
        http = try HTTPClient(.unixSocket(path: location.socket))
    }

    func send(_ request: OperatorRequest) async throws -> [UInt8] {
        let answer: HTTPResponse
        do {
            answer = try await http.request(
                .init(rawValue: request.method.rawValue), request.target,
                headers: ["accept": "application/json", "content-type": "application/json"],
                body: request.body.isEmpty ? nil : request.body, readTimeout: request.patience)
        } catch let error as MusterError where error.code == .unavailable {
            throw unreachable(error)
        }
        if let error = answer.problem(of: "\(request.method.rawValue) \(request.target)") { throw error }
        return answer.body
    }

    /// The client names the request; whoever typed a command wants to know which service, and how to get it going.
    private func unreachable(_ error: MusterError) -> MusterError {
        let detail = error.message.firstRange(of: "\(location.socket): ").map {
            String(error.message[$0.upperBound...])
        }
        let isForbidden = detail?.contains("may not") ?? false
        return MusterError(
            .unavailable, "the service at \(location.socket) does not answer: \(detail ?? error.message)",
            advice: isForbidden ? error.advice : location.advice, cause: error.cause)
    }
}
