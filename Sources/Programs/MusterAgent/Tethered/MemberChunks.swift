import APIClient
import DeploymentModel
import ImageChunks
import MusterBase
import NIOPosix

/// Gets chunks from members over TLS.
package struct MemberChunks: Sendable {
    private let clients: [NodeClient]
    private let chunks: [ImageManifest.Chunk]
    private let cipher: ChunkCipher

    /// The members in the order of the parameters.
    ///
    /// - Throws: `invalid_input` when no member or the authority can be read.
    package init(_ parameters: RootServerParameters) throws {
        let endpoints = KernelArguments("muster.server=" + parameters.members.joined(separator: ",")).servers
        guard !endpoints.isEmpty, endpoints.count == parameters.members.count else {
            throw MusterError(.invalidInput, "the members \(parameters.members) are not all IP:port")
        }
        let group = MultiThreadedEventLoopGroup(numberOfThreads: 2)
        let settings = HTTPClientSettings(
            connectTimeout: .seconds(3), readTimeout: .seconds(10), idleConnections: 8,
            bodyLimit: 2 * ChunkLayout.longestChunk)
        clients = try endpoints.map { endpoint in
            let server = ServerEndpoint.https(
                address: endpoint.address.description, port: Int(endpoint.port), authorities: parameters.authority)
            return NodeClient(try HTTPClient(server, settings: settings, group: group))
        }
        cipher = ChunkCipher(try parameters.chunkKey())
        chunks = parameters.chunks
    }

    /// A request for ``MemberFetcher``.
    ///
    /// - Parameter onVerified: gets each chunk that is what it should be, as it is stored.
    package func request(
        onVerified: @escaping @Sendable (_ chunk: Int, _ stored: [UInt8]) -> Void = { _, _ in }
    ) -> MemberFetcher.Request {
        { index, member in
            let chunk = chunks[index]
            let stored = try await clients[member].file(chunk.path)
            let plain = try cipher.open(stored, digest: chunk.digest, size: chunk.size)
            onVerified(index, stored)
            return plain
        }
    }

    /// Closes the connections that nothing is asked on: they hold buffers, here and there. The next request opens new
    /// ones.
    package func rest() { for client in clients { client.http.close() } }
}
