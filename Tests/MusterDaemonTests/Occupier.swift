import MusterBase
import NIOCore
import NIOPosix

/// Another program that has a port of the loopback address; which one, the kernel chooses.
struct Occupier: Sendable {
    private let channel: any Channel
    let port: Int

    static func udp() async throws -> Occupier {
        try Occupier(await DatagramBootstrap(group: group).bind(host: "127.0.0.1", port: 0).get())
    }

    static func tcp() async throws -> Occupier {
        try Occupier(await ServerBootstrap(group: group).bind(host: "127.0.0.1", port: 0).get())
    }

    private static var group: any EventLoopGroup { MultiThreadedEventLoopGroup.singleton }

    private init(_ channel: any Channel) throws {
        guard let port = channel.localAddress?.port else {
            throw MusterError(.internalFailure, "the kernel gave no port")
        }
        self.channel = channel
        self.port = port
    }

    func leave() async throws { try await channel.close() }
}
