import BootPolicy
import DHCPService
import DHCPWire
import DeploymentModel
import LinuxSystem
import MetricsTestKit
import MusterBase
import NIOCore
import NIOPosix
import Synchronization
import TestSupport

let knownMAC = MACAddress(rawValue: 0x5254_00AA_0001)
let nodeAddress = IPv4Address(127, 0, 1, 11)
let loopback = IPv4Address(127, 0, 0, 1)

/// Knows one node, and remembers what it was told.
final class OneNodeDirectory: BootDirectory {
    private let observed = Mutex<[BootObservation]>([])

    var observations: [BootObservation] { observed.withLock { $0 } }

    func facts(for identity: MachineIdentity) -> NodeBootFacts? {
        guard identity.mac == knownMAC else { return nil }
        return NodeBootFacts(
            name: "n1", macAddresses: [knownMAC], network: IPv4Network(nodeAddress, prefixLength: 8),
            deployment: NodeDeployment(profile: "debian-12", state: .armed, method: .untethered))
    }

    func record(_ observation: BootObservation) { observed.withLock { $0.append(observation) } }
}

/// A list of interfaces that a test changes, in place of the kernel's.
final class FakeInterfaces: Sendable {
    private struct State {
        var interfaces: [NetworkInterface]
        var changed: (@Sendable () -> Void)?
    }

    private let state: Mutex<State>

    init(_ interfaces: [NetworkInterface]) { state = Mutex(State(interfaces: interfaces)) }

    func set(_ interfaces: [NetworkInterface]) {
        let changed = state.withLock { state in
            state.interfaces = interfaces
            return state.changed
        }
        changed?()
    }

    var source: InterfaceSource {
        InterfaceSource(
            list: { self.state.withLock { $0.interfaces } },
            watch: { changed in
                self.state.withLock { $0.changed = changed }
                return { self.state.withLock { $0.changed = nil } }
            })
    }
}

/// The loopback interface, as it is or without its address.
func loopbackInterface(name: String = "lo", addresses: [IPv4Network]? = nil, isUp: Bool = true) -> NetworkInterface {
    NetworkInterface(
        name: name, index: 1, mac: nil,
        addresses: addresses ?? [IPv4Network(loopback, prefixLength: 8)].compactMap(\.self),
        isUp: isUp, isRunning: true, isLoopback: true)
}

/// A UDP socket on loopback that plays relay and clients.
struct Probe: Sendable {
    private let channel: any Channel
    private let received: AsyncStream<[UInt8]>

    var port: UInt16 { UInt16(clamping: channel.localAddress?.port ?? 0) }

    static func open() async throws -> Probe {
        let (received, sink) = AsyncStream.makeStream(of: [UInt8].self)
        let channel = try await DatagramBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(SinkHandler(sink))
                }
            }
            .bind(host: "127.0.0.1", port: 0).get()
        return Probe(channel: channel, received: received)
    }

    func send(_ octets: [UInt8], to port: UInt16) async throws {
        let address = try SocketAddress(ipAddress: "127.0.0.1", port: Int(port))
        try await channel.writeAndFlush(AddressedEnvelope(remoteAddress: address, data: ByteBuffer(bytes: octets)))
    }

    /// Sends a message and waits for the next datagram that comes.
    func ask(_ message: DHCPPacket, at port: UInt16) async throws -> DHCPPacket? {
        try await send(message.encoded(), to: port)
        return try await next()
    }

    /// The next datagram that comes.
    func next() async throws -> DHCPPacket? {
        for await octets in received { return try DHCPPacket(decoding: octets) }
        return nil
    }

    func close() async throws { try await channel.close() }
}

private final class SinkHandler: ChannelInboundHandler {
    typealias InboundIn = AddressedEnvelope<ByteBuffer>

    private let sink: AsyncStream<[UInt8]>.Continuation

    init(_ sink: AsyncStream<[UInt8]>.Continuation) { self.sink = sink }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        sink.yield(Array(unwrapInboundIn(data).data.readableBytesView))
    }

    func channelInactive(context: ChannelHandlerContext) { sink.finish() }
}

/// A message through a relay on loopback.
func relayed(
    _ type: DHCPMessageType, mac: MACAddress = knownMAC, _ change: (inout DHCPPacket) -> Void = { _ in }
) -> DHCPPacket {
    var packet = DHCPPacket(.request, transaction: 7)
    packet.macAddress = mac
    packet.hops = 1
    packet.relayAddress = loopback
    packet.options.setMessageType(type)
    packet.options.setText(.vendorClass, "PXEClient:Arch:00000:UNDI:002001")
    packet.options.setClientArchitecture(.x86BIOS)
    change(&packet)
    return packet
}

/// A running service on loopback with its ports chosen by the kernel.
struct ServiceBench: Sendable {
    let directory = OneNodeDirectory()
    let leases = LeaseTable()
    let metrics = TestMetrics()
    let interfaces: FakeInterfaces
    let probe: Probe
    let changes: AsyncStream<ListenerChange>
    private let service: DHCPService

    init(
        _ interfaces: [NetworkInterface] = [loopbackInterface()],
        settings: [String: BootSettings] = ["lo": BootSettings()]
    ) async throws {
        self.interfaces = FakeInterfaces(interfaces)
        probe = try await Probe.open()
        let (changes, sink) = AsyncStream.makeStream(of: ListenerChange.self)
        self.changes = changes
        service = DHCPService(
            settings: DHCPServiceSettings(
                interfaces: settings,
                ports: .init(server: 0, proxy: 0, client: probe.port, relay: probe.port), checkInterval: .seconds(3600)),
            directory: directory, leases: leases, source: self.interfaces.source, metrics: metrics,
            logger: quietLogger, onChange: { sink.yield($0) })
    }

    /// Runs the service while `body` works, and ends it then.
    func run(_ body: @Sendable (ServiceBench) async throws -> Void) async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await service.run() }
            try await body(self)
            group.cancelAll()
            try await group.waitForAll()
        }
        try await probe.close()
    }

    func nextChange() async -> ListenerChange? {
        for await change in changes { return change }
        return nil
    }

    /// Waits until an interface is served, and gives its ports.
    func started(_ name: String = "lo") async -> (server: UInt16, proxy: UInt16) {
        for await change in changes {
            if case .started(name, let server, let proxy) = change { return (server, proxy) }
        }
        return (0, 0)
    }

    func count(_ label: String, _ dimensions: [(String, String)]) throws -> Int64 {
        try metrics.expectCounter(label, [("interface", "lo")] + dimensions).totalValue
    }
}
