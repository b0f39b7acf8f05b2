import CLinux
import LinuxSystem
import MusterBase
import NIOCore
import NIOPosix

/// Where the service learns which interfaces there are: the kernel in programs, a list in tests.
public struct InterfaceSource: Sendable {
    /// All interfaces as they are now.
    public var list: @Sendable () throws -> [NetworkInterface]
    /// Calls back whenever something may have changed, until the returned function is called.
    public var watch: @Sendable (_ changed: @escaping @Sendable () -> Void) async throws -> @Sendable () async -> Void

    public init(
        list: @escaping @Sendable () throws -> [NetworkInterface],
        watch: @escaping @Sendable (@escaping @Sendable () -> Void) async throws -> @Sendable () async -> Void
    ) {
        self.list = list
        self.watch = watch
    }

    /// The interfaces of this network namespace, watched by rtnetlink(7).
    public static func system(on group: any EventLoopGroup) -> InterfaceSource {
        InterfaceSource(
            list: { try NetworkInterface.all() },
            watch: { changed in
                let descriptor = muster_open_network_watch()
                guard descriptor >= 0 else { throw systemError("Cannot watch the network interfaces") }
                let channel = try await NIOPipeBootstrap(group: group)
                    .channelInitializer { channel in
                        channel.eventLoop.makeCompletedFuture {
                            try channel.pipeline.syncOperations.addHandler(ChangeHandler(changed))
                        }
                    }
                    .takingOwnershipOfDescriptor(input: descriptor).get()
                return { try? await channel.close() }
            })
    }
}

/// The messages are not read: the interfaces are listed anew, which cannot miss anything.
private final class ChangeHandler: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer

    private let changed: @Sendable () -> Void

    init(_ changed: @escaping @Sendable () -> Void) { self.changed = changed }

    func channelReadComplete(context: ChannelHandlerContext) { changed() }

    func errorCaught(context: ChannelHandlerContext, error: any Error) { changed() }
}
