import DHCPWire
import MusterBase

/// Answers the datagrams of one interface: reads them, asks the directory, lets ``BootPolicy`` decide, keeps the leases.
/// No I/O; used from one event loop.
public struct BootResponder: Sendable {
    public enum Outcome: Sendable, Hashable {
        /// Send this; the type is for counting.
        case reply(BootReply, DHCPMessageType)
        case silence(SilenceReason)
    }

    /// How long an address that was declined is not given again.
    static let declinedLifetime = Duration.seconds(3600)

    public let policy: BootPolicy
    private let directory: any BootDirectory
    private let leases: LeaseTable
    private var pool: DynamicPool?

    public init(policy: BootPolicy, directory: any BootDirectory, leases: LeaseTable) {
        self.policy = policy
        self.directory = directory
        self.leases = leases
        pool = policy.settings.mode == .own ? policy.settings.dynamicRange.map(DynamicPool.init(range:)) : nil
    }

    /// Thinks about one datagram.
    public mutating func respond(
        to datagram: ArraySlice<UInt8>, port: BootRequest.Port, at time: Timestamp
    ) -> Outcome {
        guard let packet = try? DHCPPacket(decoding: datagram) else { return .silence(.malformed) }
        let request: BootRequest
        do {
            request = try BootRequest(packet, port: port)
        } catch {
            switch error {
            case .silence(let reason): return .silence(reason)
            }
        }
        return respond(to: request, at: time)
    }

    private mutating func respond(to request: BootRequest, at time: Timestamp) -> Outcome {
        let facts = directory.facts(for: request.identity)
        let plan = addressPlan(request, facts, at: time)
        let decision = policy.decide(request, facts: facts, plan: plan)
        apply(decision.leaseChange, request, at: time)
        if let outcome = decision.outcome {
            directory.record(
                BootObservation(
                    outcome, request, node: facts?.name, interface: policy.interface.name,
                    address: BootResponder.address(of: decision, request, facts), time: time))
        }
        switch decision.verdict {
        case .silence(let reason): return .silence(reason)
        case .answer(let type):
            return .reply(policy.reply(type, decision, to: request, facts: facts), type)
        }
    }

    /// The address that an observation is about: the one given, else the one that was asked for or should have been.
    private static func address(
        of decision: BootDecision, _ request: BootRequest, _ facts: NodeBootFacts?
    ) -> IPv4Address? {
        switch decision.verdict {
        case .answer(.offer), .answer(.acknowledge): decision.address?.address
        default: request.requestedAddress ?? facts?.network?.address
        }
    }

    private mutating func addressPlan(
        _ request: BootRequest, _ facts: NodeBootFacts?, at time: Timestamp
    ) -> AddressPlan {
        guard policy.settings.mode == .own, request.port == .server else { return .none(.foreignServer) }
        if let facts {
            let plan = policy.fixedPlan(request, facts)
            if case .fixed(let network) = plan, isHeldByAnother(network.address, request.identity.mac, facts, time) {
                return .none(.addressHeld)
            }
            guard plan == .none(.noAddress), pool != nil else { return plan }
        }
        guard pool != nil else { return .none(.unknownMachine) }
        return dynamicPlan(request, at: time)
    }

    /// Only a node that is known by its UUID alone can ask from several MAC addresses: the second of them is another
    /// machine with the same UUID, until the first one's lease is over.
    private func isHeldByAnother(
        _ address: IPv4Address, _ mac: MACAddress, _ facts: NodeBootFacts, _ time: Timestamp
    ) -> Bool {
        guard facts.macAddresses.isEmpty, let holder = leases.macAddress(holding: address, at: time) else {
            return false
        }
        return holder != mac
    }

    /// The range serves the link to which the interface itself belongs, and no relays.
    private mutating func dynamicPlan(_ request: BootRequest, at time: Timestamp) -> AddressPlan {
        let (directory, interface) = (directory, policy.interface)
        if let server = request.serverIdentifier, !interface.owns(server) { return .none(.otherServer) }
        guard request.relayLink == nil, request.type != .inform, var pool,
            let link = interface.addresses.first(where: { $0.contains(pool.range.first) })
        else { return .none(.unknownMachine) }
        self.pool = nil
        let address = pool.address(for: request.identity.mac, leases: leases, at: time) {
            interface.owns($0) || directory.isReserved($0)
        }
        self.pool = pool
        guard let address, let network = IPv4Network(address, prefixLength: link.prefixLength) else {
            return .none(.rangeExhausted)
        }
        return .dynamic(network)
    }

    private func apply(_ change: BootDecision.LeaseChange, _ request: BootRequest, at time: Timestamp) {
        switch change {
        case .none: break
        case .bind(let address, let kind):
            bind(address, kind, request, at: time, lasting: .seconds(Int64(policy.settings.leaseSeconds)))
        case .release(let address): leases.release(address, by: request.identity.mac)
        case .decline(let address, .dynamic):
            bind(address, .unusable, request, at: time, lasting: BootResponder.declinedLifetime)
        case .decline(let address, _): leases.release(address, by: request.identity.mac)
        }
    }

    private func bind(
        _ address: IPv4Address, _ kind: Lease.Kind, _ request: BootRequest, at time: Timestamp, lasting: Duration
    ) {
        leases.bind(
            Lease(
                address: address, mac: request.identity.mac, kind: kind, interface: policy.interface.name,
                acknowledgedAt: time, expiresAt: time + lasting, isRouted: isRouted(address, request)))
    }

    /// Renewals come by unicast, so a machine behind a relay names the relay only when it boots.
    private func isRouted(_ address: IPv4Address, _ request: BootRequest) -> Bool {
        request.relayLink != nil || !policy.interface.addresses.contains { $0.contains(address) }
    }
}
