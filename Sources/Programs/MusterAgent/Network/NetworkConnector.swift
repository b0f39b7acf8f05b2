import DHCPWire
import LinuxSystem
import MusterBase

/// Gets this machine onto the network: switches all links on, asks for an address on each that has a carrier, and keeps
/// the first that leads to a server.
final class NetworkConnector {
    private enum Event: Sendable {
        case look
        case lease(Int32, DHCPClientLease)
        case ended(Int32)
    }

    private let arguments: KernelArguments
    private let uuid: MachineUUID?
    private let drivers: ModuleLoader?
    private let note: @Sendable (String) async -> Void
    /// The DHCP clients that run, by link.
    private var sessions: [Int32: Task<Void, Never>] = [:]

    init(
        arguments: KernelArguments, uuid: MachineUUID?, drivers: ModuleLoader?,
        note: @escaping @Sendable (String) async -> Void
    ) {
        self.arguments = arguments
        self.uuid = uuid
        self.drivers = drivers
        self.note = note
    }

    /// One attempt. The DHCP client of the link that is used goes on to run afterwards, until the system takes over.
    func connect() async throws -> NetworkState {
        stop(except: nil)
        let (events, event) = AsyncStream.makeStream(of: Event.self, bufferingPolicy: .bufferingNewest(256))
        let ticker = Task {
            repeat { event.yield(.look) } while (try? await Task.sleep(for: .milliseconds(200))) != nil
        }
        defer { ticker.cancel() }
        var watch = LinkWatch(knowsServer: !arguments.servers.isEmpty)
        var announced: Set<Int32> = []
        let begin = SystemClock.sinceBoot
        for await next in events {
            let now = SystemClock.sinceBoot - begin
            switch next {
            case .look:
                let links = try look()
                watch.see(links, at: now)
                for link in links where link.isEthernet && link.hasCarrier {
                    if announced.insert(link.index).inserted { await note("\(link.name) has carrier") }
                    if let fixed = arguments.address { return try useFixed(fixed, on: link) }
                    if sessions[link.index] == nil { sessions[link.index] = session(link, event) }
                }
            case .lease(let link, let lease): watch.take(lease, link: link, at: now)
            case .ended(let link): sessions[link] = nil
            }
            switch watch.decide(at: now) {
            case .wait: continue
            case .use(let link, let lease): return try use(lease, on: link)
            case .giveUp(let seen, let check):
                stop(except: nil)
                throw MusterError(.unavailable, seen, advice: check)
            }
        }
        throw CancellationError()
    }

    /// Ends all DHCP clients but one; they take their addresses away.
    private func stop(except kept: Int32?) {
        for (link, session) in sessions where link != kept { session.cancel() }
        sessions = sessions.filter { $0.key == kept }
    }

    /// Looks for new hardware and switches on what is off.
    private func look() throws -> [NetworkLink] {
        _ = drivers?.loadForDevices()
        let sockets = try RouteSocket()
        let links = try sockets.links()
        for link in links where link.isEthernet && !link.isUp { try? sockets.setUp(link.index) }
        return links
    }

    private func session(_ link: NetworkLink, _ event: AsyncStream<Event>.Continuation) -> Task<Void, Never> {
        let mac = link.address ?? MACAddress(rawValue: 0)
        let note = note
        var configuration = DHCPClientConfiguration(mac: mac, uuid: uuid)
        // Who knows the server by the kernel's arguments need not wait for an offer that names it.
        if !arguments.servers.isEmpty { configuration.gatherWindow = .zero }
        let session = DHCPSession(
            link: link, configuration: configuration,
            onLease: { event.yield(.lease(link.index, $0)) }, onNote: { text in Task { await note(text) } })
        return Task {
            do {
                try await session.run()
            } catch {
                await note("\(link.name): DHCP stopped: \(error)")
            }
            event.yield(.ended(link.index))
        }
    }

    private func use(_ lease: DHCPClientLease, on index: Int32) throws -> NetworkState {
        stop(except: index)
        var members = lease.members
        if !arguments.servers.isEmpty { members = MusterVendorOptions(nodeAPI: arguments.servers) }
        return try state(
            index, LinkAddress(lease), isByDHCP: true, dnsServers: lease.dnsServers, domain: lease.domain, members)
    }

    private func useFixed(_ fixed: KernelArguments.FixedAddress, on link: NetworkLink) throws -> NetworkState {
        guard !arguments.servers.isEmpty else {
            throw MusterError(
                .invalidInput, "muster.ip is given, but not where the server is",
                advice: "the kernel arguments: muster.ip needs muster.server=IP beside it")
        }
        let address = LinkAddress(network: fixed.network, gateway: fixed.gateway)
        try address.apply(to: link, by: RouteSocket())
        let members = MusterVendorOptions(nodeAPI: arguments.servers)
        return try state(link.index, address, isByDHCP: false, dnsServers: [], domain: nil, members)
    }

    private func state(
        _ index: Int32, _ address: LinkAddress, isByDHCP: Bool, dnsServers: [IPv4Address], domain: String?,
        _ members: MusterVendorOptions
    ) throws -> NetworkState {
        let links = try RouteSocket().links().filter(\.isEthernet)
        guard let link = links.first(where: { $0.index == index }) else {
            throw MusterError(.unavailable, "the network link went away", advice: "the hardware, and the kernel's log")
        }
        return NetworkState(
            link: link, address: address, isByDHCP: isByDHCP, dnsServers: dnsServers, domain: domain, members: members,
            links: links)
    }
}
