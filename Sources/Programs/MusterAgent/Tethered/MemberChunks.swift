import APIClient
import ImageChunks
import MusterBase
import NIOPosix

/// Gets chunks from members over TLS.
package enum MemberChunks {
    /// A request for ``MemberFetcher``, its members in the order of the parameters.
    ///
    /// - Throws: `invalid_input` when no member or the authority can be read.
    package static func request(_ parameters: RootServerParameters) throws -> MemberFetcher.Request {
        let endpoints = KernelArguments("muster.server=" + parameters.members.joined(separator: ",")).servers
        guard !endpoints.isEmpty, endpoints.count == parameters.members.count else {
            throw MusterError(.invalidInput, "the members \(parameters.members) are not all IP:port")
        }
        let group = MultiThreadedEventLoopGroup(numberOfThreads: 2)
        let settings = HTTPClientSettings(
            connectTimeout: .seconds(3), readTimeout: .seconds(10), idleConnections: 8,
            bodyLimit: 2 * ChunkLayout.longestChunk)
        let clients = try endpoints.map { endpoint in
            let server = ServerEndpoint.https(
                address: endpoint.address.description, port: Int(endpoint.port), authorities: parameters.authority)
            return NodeClient(try HTTPClient(server, settings: settings, group: group))
        }
        let cipher = ChunkCipher(try parameters.chunkKey())
        let chunks = parameters.chunks
        return { index, member in
            let chunk = chunks[index]
            let stored = try await clients[member].file(chunk.path)
            return try cipher.open(stored, digest: chunk.digest, size: chunk.size)
        }
    }
}
