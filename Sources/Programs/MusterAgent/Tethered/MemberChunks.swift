import APIClient
import Crypto
import ImageChunks
import MusterBase
import NIOPosix

/// Gets chunks from members over TLS.
package enum MemberChunks {
    /// Makes a chunk's plain octets of what members keep, which was verified before.
    package typealias Opener =
        @Sendable (_ stored: [UInt8], _ chunk: RootServerParameters.Chunk, _ key: Secret<[UInt8]>?) throws -> [UInt8]

    /// Decrypts with the image's key, and takes chunks as they are where there is none.
    package static let decrypting: Opener = { stored, chunk, key in
        guard let key else { return stored }
        guard let chunkKey = ChunkKey(key.reveal()) else {
            throw MusterError(.malformed, "the key of the root file system is not \(ChunkKey.length) octets long")
        }
        return try ChunkCipher(chunkKey).open(stored, digest: chunk.digest, size: chunk.length)
    }

    /// The path below a member's public files.
    package static func path(_ digest: ContentDigest) -> String {
        "/images/chunks/\(digest.hex.prefix(2))/\(digest.hex)"
    }

    /// A request for ``MemberFetcher``, its members in the order of the parameters.
    ///
    /// - Throws: `invalid_input` when no member or the authority can be read.
    package static func request(
        _ parameters: RootServerParameters, opener: @escaping Opener
    ) throws -> MemberFetcher.Request {
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
        let key = try parameters.chunkKey()
        let chunks = parameters.chunks
        return { index, member in
            let chunk = chunks[index]
            let stored = try await clients[member].file(path(chunk.digest))
            guard ContentDigest(octets: SHA256.hash(data: stored)) == chunk.digest else {
                throw MusterError(
                    .verificationFailed, "the chunk \(chunk.digest) of \(endpoints[member]) is not what its name says")
            }
            return try opener(stored, chunk, key)
        }
    }
}
