import MusterAPI
import MusterBase
import NIOHTTP1

extension HTTPClient {
    /// Sends a request, with a body already encoded, and gives the answer's bytes. A status of 400 or above is thrown
    /// as the error that the server's ``Problem`` names.
    public func call(
        _ method: HTTPMethod, _ path: String, query: [QueryItem] = [], headers: HTTPHeaders = [:],
        body: [UInt8]? = nil, readTimeout: Duration? = nil
    ) async throws -> [UInt8] {
        var fields = headers
        fields.replaceOrAdd(name: "accept", value: "application/json")
        if body != nil { fields.replaceOrAdd(name: "content-type", value: "application/json") }
        let target = requestTarget(path, query: query)
        let answer = try await request(method, target, headers: fields, body: body, readTimeout: readTimeout)
        if let error = answer.problem(of: "\(method.rawValue) \(target) of \(endpoint)") { throw error }
        return answer.body
    }

    /// As ``call(_:_:query:headers:body:readTimeout:)``, and decodes the answer.
    public func call<Answer: Decodable>(
        _ method: HTTPMethod, _ path: String, query: [QueryItem] = [], headers: HTTPHeaders = [:],
        body: [UInt8]? = nil, readTimeout: Duration? = nil, answer: Answer.Type
    ) async throws -> Answer {
        let bytes = try await call(
            method, path, query: query, headers: headers, body: body, readTimeout: readTimeout)
        return try MusterJSON.decode(Answer.self, from: bytes, of: "the answer of \(endpoint) to \(path)")
    }
}
