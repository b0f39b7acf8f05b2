import BootPolicy
import DHCPService
import Glibc
import LinuxSystem
import Logging
import MusterAPI
import MusterBase
import MusterDaemon
import ServiceLifecycle
import Synchronization
import TFTPService
import Telemetry
import Testing
import WebService

private let quiet = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }

/// Goes on by a second each time that it is looked at.
private func steppingClock() -> WallClock {
    let ticks = Mutex<Int64>(0)
    return WallClock {
        ticks.withLock { ticks in
            ticks += 1
            return Timestamp(seconds: 1000 + ticks)
        }
    }
}

/// A table, and a stream that tells whenever something in it changed.
private struct Bench: Sendable {
    let registry = MetricsRegistry()
    let table: ListenerTable
    private let changes: AsyncStream<Void>
    private let sink: AsyncStream<Void>.Continuation

    init() {
        table = ListenerTable(clock: steppingClock(), metrics: registry)
        (changes, sink) = AsyncStream.makeStream()
    }

    @Sendable func listens(_ service: String, _ place: some CustomStringConvertible) {
        table.listens(service, at: place.description)
        sink.yield()
    }

    @Sendable func fails(_ service: String, _ place: some CustomStringConvertible, _ trouble: ListenerTrouble) {
        table.fails(service, at: place.description, trouble)
        sink.yield()
    }

    @Sendable func note(_ change: ListenerChange) {
        table.note(change)
        sink.yield()
    }

    /// Waits until the only listener is in that state.
    func status(_ state: ListenerStatus.State) async throws -> ListenerStatus {
        var status = table.listeners.first
        if status?.state == state, let status { return status }
        for await _ in changes {
            status = table.listeners.first
            if status?.state == state, let status { return status }
        }
        throw MusterError(.internalFailure, "the test ended")
    }

    /// Runs the service while body looks at the table.
    func run(_ service: any Service, _ body: @Sendable @escaping () async throws -> Void) async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await service.run() }
            defer { group.cancelAll() }
            try await body()
        }
    }

    var gauge: Double? { registry.samples.first { $0.name == "muster_listener_up" }?.value }
}

/// The interfaces that there are, which a test changes.
private final class Interfaces: Sendable {
    private let state = Mutex<[NetworkInterface]>([])

    var list: [NetworkInterface] {
        get { state.withLock { $0 } }
        set { state.withLock { $0 = newValue } }
    }
}

/// Knows no machine.
struct NoMachines: BootDirectory {
    func facts(for identity: MachineIdentity) -> NodeBootFacts? { nil }
    func record(_ observation: BootObservation) {}
}

@Suite("listeners of musterd", .timeLimit(.minutes(1)))
struct ListenerTableTests {
    private func expectTaken(_ status: ListenerStatus, port: Int) {
        #expect(status.reason == "port \(port) is in use")
        #expect(status.advice?.contains("ss -lnp 'sport = :\(port)'") == true)
    }

    @Test("a TFTP port that another program has is told, and that musterd has got it later")
    func tftp() async throws {
        let bench = Bench()
        let occupier = try await Occupier.udp()
        let directory = try PublicDirectory()
        let address = TFTPListenAddress(address: "127.0.0.1", port: occupier.port)
        bench.table.expect("tftp", at: "\(address)")
        let server = TFTPServer(
            [address], files: try TFTPFiles(directory.path), logger: quiet,
            onListening: { bench.listens("tftp", $0) },
            onTrouble: { bench.fails("tftp", $0, $1) })
        try await bench.run(server) {
            let failed = try await bench.status(.cannotBind)
            expectTaken(failed, port: occupier.port)
            #expect(bench.gauge == 0)
            try await occupier.leave()
            let good = try await bench.status(.listening)
            #expect(good.place == "127.0.0.1:\(occupier.port)")
            #expect(good.reason == nil && good.advice == nil)
            #expect(good.since > failed.since)
            #expect(bench.gauge == 1)
        }
    }

    @Test("an HTTP port that another program has is told, and that musterd has got it later")
    func http() async throws {
        let bench = Bench()
        let occupier = try await Occupier.tcp()
        let directory = try PublicDirectory()
        let server = PublicServer(
            [.tcp(address: "127.0.0.1", port: occupier.port)], files: try PublicFiles(directory.path), logger: quiet,
            onListening: { bench.listens("http", $0) },
            onTrouble: { bench.fails("http", $0, $1) })
        try await bench.run(server) {
            expectTaken(try await bench.status(.cannotBind), port: occupier.port)
            try await occupier.leave()
            #expect(try await bench.status(.listening).place == "127.0.0.1:\(occupier.port)")
        }
        #expect(bench.table.listeners.count == 1)
    }

    @Test("an address that this machine has not is told as that")
    func missingAddress() async throws {
        let bench = Bench()
        let directory = try PublicDirectory()
        // Of TEST-NET-1, which nobody has (RFC 5737).
        let server = PublicServer(
            [.tcp(address: "192.0.2.1", port: 0)], files: try PublicFiles(directory.path), logger: quiet,
            onTrouble: { bench.fails("http", $0, $1) })
        try await bench.run(server) {
            let status = try await bench.status(.cannotBind)
            #expect(status.reason == "the address is none of this machine's")
            #expect(status.advice?.contains("give the address to an interface") == true)
        }
    }

    private func dhcp(_ bench: Bench, port: UInt16, interfaces: @escaping @Sendable () -> [NetworkInterface])
        -> DHCPService
    {
        DHCPService(
            settings: DHCPServiceSettings(
                interfaces: ["lo": BootSettings()], ports: .init(server: port, proxy: 0),
                checkInterval: .milliseconds(20)),
            directory: NoMachines(), leases: LeaseTable(),
            source: InterfaceSource(list: { interfaces() }, watch: { _ in {} }), metrics: MetricsRegistry(),
            logger: quiet,
            onChange: { bench.note($0) })
    }

    private func loopback(_ addresses: [IPv4Network]) -> NetworkInterface {
        NetworkInterface(
            name: "lo", index: 1, mac: nil, addresses: addresses, isUp: true, isRunning: true, isLoopback: true)
    }

    private let ownNetwork = IPv4Network(IPv4Address(127, 0, 0, 1), prefixLength: 8)

    @Test("a DHCP port that another program has is told, and that musterd has got it later")
    func dhcpPort() async throws {
        let bench = Bench()
        let occupier = try await Occupier.udp()
        let network = try #require(ownNetwork)
        let service = dhcp(bench, port: UInt16(occupier.port)) { [loopback([network])] }
        try await bench.run(service) {
            expectTaken(try await bench.status(.cannotBind), port: occupier.port)
            try await occupier.leave()
            #expect(try await bench.status(.listening).place == "lo")
        }
    }

    @Test("an interface that is not there or without address is waited for, also when it goes away again")
    func interfaceComesAndGoes() async throws {
        let bench = Bench()
        let network = try #require(ownNetwork)
        let present = Interfaces()
        let service = dhcp(bench, port: 0) { present.list }
        try await bench.run(service) {
            let absent = try await bench.status(.waiting)
            #expect(absent.reason == "there is no such interface")
            #expect(absent.advice?.contains("set it up with an IPv4 address") == true)
            present.list = [loopback([network])]
            let good = try await bench.status(.listening)
            #expect(bench.gauge == 1)
            present.list = [loopback([])]
            let gone = try await bench.status(.waiting)
            #expect(gone.reason?.contains("IPv4 address") == true)
            #expect(gone.since > good.since)
            #expect(bench.gauge == 0)
        }
    }

    @Test("the time is that of the last change of the state, not of the last attempt")
    func since() throws {
        let table = ListenerTable(clock: steppingClock(), metrics: MetricsRegistry())
        table.expect("tftp", at: "[::]:69")
        let trouble = ListenerTrouble(errorNumber: EADDRINUSE, port: 69, detail: "")
        table.fails("tftp", at: "[::]:69", trouble)
        let first = try #require(table.listeners.first).since
        table.fails("tftp", at: "[::]:69", ListenerTrouble(errorNumber: EACCES, port: 69, detail: "no"))
        let second = try #require(table.listeners.first)
        #expect(second.since == first)
        #expect(second.reason == "port 69 may not be opened: no")
        #expect(second.advice?.contains("CAP_NET_BIND_SERVICE") == true)
    }
}
