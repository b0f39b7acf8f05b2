import DHCPWire
import MusterBase

/// The rules of the boot services: a request, what is known of the node, and the settings in; a decision out. No state,
/// no clock, no I/O.
public struct BootPolicy: Sendable {
    public var settings: BootSettings
    public var interface: BootInterface

    public init(settings: BootSettings, interface: BootInterface) {
        self.settings = settings
        self.interface = interface
    }

    /// Decides about one request.
    ///
    /// - Parameters:
    ///   - facts: the node, or nil for an unknown machine.
    ///   - plan: the address that the machine may have; asked for in own mode only.
    public func decide(_ request: BootRequest, facts: NodeBootFacts?, plan: AddressPlan) -> BootDecision {
        if let facts, BootPolicy.conflicts(facts, request.identity) { return .refusal(.identityConflict) }
        if request.port == .proxy { return bootServerDecision(request, facts) }
        if settings.mode == .proxy { return proxyDecision(request, facts) }
        if request.type == .release { return BootPolicy.release(request) }
        if facts == nil, case .none(let reason) = plan {
            return .silence(reason, telling: reason == .rangeExhausted ? .refused(reason) : .unknownMachine)
        }
        return addressDecision(request, facts, plan)
    }

    /// Whether MAC address and UUID do not both fit the node: a vendor's UUID that two machines have, or a part that
    /// went from one machine to another. Answering would deploy the wrong machine.
    static func conflicts(_ facts: NodeBootFacts, _ identity: MachineIdentity) -> Bool {
        if !facts.macAddresses.isEmpty, !facts.macAddresses.contains(identity.mac) { return true }
        guard let known = facts.uuid, let sent = identity.uuid, known != sent else { return false }
        // Some firmwares send the UUID in the order of its text form instead of SMBIOS's.
        return MachineUUID(octets: sent.smbiosOctets) != known
    }

    /// The address that a node may have on the link from which it asks. Dynamic addresses are chosen by
    /// ``BootResponder``, which has the state for it.
    func fixedPlan(_ request: BootRequest, _ facts: NodeBootFacts) -> AddressPlan {
        guard let network = facts.network else { return .none(.noAddress) }
        if let link = request.relayLink {
            return network.contains(link) ? .fixed(network) : .none(.wrongNetwork)
        }
        // A renewal comes by unicast, perhaps through routers: the address in use is proof enough.
        if request.packet.clientAddress == network.address { return .fixed(network) }
        return interface.addresses.contains { $0.contains(network.address) }
            ? .fixed(network) : .none(.wrongNetwork)
    }
}

// MARK: - Owning the addresses

extension BootPolicy {
    private func addressDecision(
        _ request: BootRequest, _ facts: NodeBootFacts?, _ plan: AddressPlan
    ) -> BootDecision {
        switch request.type {
        case .discover: offer(request, facts, plan)
        case .request: acknowledge(request, facts, plan)
        case .inform: inform(request, facts)
        case .decline: decline(request, plan)
        case .release: BootPolicy.release(request)
        case .offer, .acknowledge, .refuse: .silence(.serverMessage)
        }
    }

    private func offer(_ request: BootRequest, _ facts: NodeBootFacts?, _ plan: AddressPlan) -> BootDecision {
        guard let network = plan.network else { return BootPolicy.withoutAddress(plan) }
        return answer(.offer, request, facts, network, .none)
    }

    /// Answers a REQUEST in each of its forms (RFC 2131, section 4.3.2).
    private func acknowledge(_ request: BootRequest, _ facts: NodeBootFacts?, _ plan: AddressPlan) -> BootDecision {
        if let server = request.serverIdentifier, !interface.owns(server) { return .silence(.otherServer) }
        let current = request.packet.clientAddress
        guard let wanted = request.requestedAddress ?? (current == .any ? nil : current) else {
            return .silence(.malformed)
        }
        guard let network = plan.network else { return BootPolicy.withoutAddress(plan) }
        guard wanted == network.address else { return refuse(wanted, request, facts, plan) }
        return answer(.acknowledge, request, facts, network, .bind(network.address, plan.kind))
    }

    /// NAK makes the machine start over at once, and get its right address then. Towards a machine that is not in the
    /// inventory Muster is no authority: silence, unless it took Muster's own offer or wants an address of the range.
    private func refuse(
        _ wanted: IPv4Address, _ request: BootRequest, _ facts: NodeBootFacts?, _ plan: AddressPlan
    ) -> BootDecision {
        guard facts != nil || request.serverIdentifier != nil || settings.dynamicRange?.contains(wanted) == true else {
            return .silence(.otherServer)
        }
        return BootDecision(
            verdict: .answer(.refuse), address: nil, target: .addressOnly, leaseChange: .none,
            outcome: facts == nil ? nil : .answered(.refuse, .addressOnly))
    }

    private func inform(_ request: BootRequest, _ facts: NodeBootFacts?) -> BootDecision {
        guard let facts else { return .silence(.unknownMachine, telling: .unknownMachine) }
        guard request.packet.clientAddress != .any else { return .silence(.malformed) }
        return answer(.acknowledge, request, facts, nil, .none)
    }

    private static func release(_ request: BootRequest) -> BootDecision {
        var decision = BootDecision.silence(.noAnswerDue)
        decision.leaseChange = .release(request.packet.clientAddress)
        return decision
    }

    private func decline(_ request: BootRequest, _ plan: AddressPlan) -> BootDecision {
        if let server = request.serverIdentifier, !interface.owns(server) { return .silence(.otherServer) }
        guard let address = request.requestedAddress, address == plan.network?.address else {
            return .silence(.noAnswerDue)
        }
        var decision = BootDecision.silence(.noAnswerDue, telling: .declined(address))
        decision.leaseChange = .decline(address, plan.kind)
        return decision
    }

    private func answer(
        _ type: DHCPMessageType, _ request: BootRequest, _ facts: NodeBootFacts?, _ network: IPv4Network?,
        _ change: BootDecision.LeaseChange
    ) -> BootDecision {
        let server = interface.serverAddress(near: network?.address ?? request.packet.clientAddress)
        let target = BootTarget.choose(for: request, facts: facts, settings: settings, server: server)
        let outcome: BootObservation.Outcome? =
            facts == nil ? .unknownMachine : request.client.boots ? .answered(type, target) : nil
        return BootDecision(
            verdict: .answer(type), address: network, target: target, leaseChange: change, outcome: outcome)
    }

    private static func withoutAddress(_ plan: AddressPlan) -> BootDecision {
        guard case .none(let reason) = plan else { return .silence(.noAddress) }
        return .refusal(reason)
    }
}

// MARK: - Beside a foreign server

extension BootPolicy {
    /// Port 67 in proxy mode: offers of something to boot, without an address.
    private func proxyDecision(_ request: BootRequest, _ facts: NodeBootFacts?) -> BootDecision {
        guard let facts else { return .silence(.unknownMachine, telling: .unknownMachine) }
        guard request.type == .discover, request.client.boots else { return .silence(.foreignServer) }
        return bootAnswer(.offer, request, facts)
    }

    /// Port 4011: what to boot, for a machine that has its address (PXE 2.1, section 2.2.3).
    private func bootServerDecision(_ request: BootRequest, _ facts: NodeBootFacts?) -> BootDecision {
        guard let facts else { return .silence(.unknownMachine, telling: .unknownMachine) }
        guard request.client.boots else { return .silence(.foreignServer) }
        switch request.type {
        case .discover: return bootAnswer(.offer, request, facts)
        case .request, .inform: return bootAnswer(.acknowledge, request, facts)
        case .release, .decline: return .silence(.noAnswerDue)
        case .offer, .acknowledge, .refuse: return .silence(.serverMessage)
        }
    }

    private func bootAnswer(_ type: DHCPMessageType, _ request: BootRequest, _ facts: NodeBootFacts) -> BootDecision {
        let current = request.packet.clientAddress
        let near = request.relayLink ?? (current == .any ? facts.network?.address : current)
        let server = interface.serverAddress(near: near)
        let target = BootTarget.choose(for: request, facts: facts, settings: settings, server: server)
        guard target.isBoot else {
            if case .disk = target { return .silence(.bootsFromDisk) }
            return .refusal(.noLoader)
        }
        return BootDecision(
            verdict: .answer(type), address: nil, target: target, leaseChange: .none,
            outcome: .answered(type, target))
    }
}
