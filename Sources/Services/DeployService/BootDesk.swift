import BootPolicy
import DHCPWire
import DeploymentModel
import MusterAPI
import MusterBase

/// What the boot services ask for at each packet, and where they tell what they saw.
public struct BootDesk: BootDirectory {
    let nodes: any NodeLookup
    let profiles: any ProfileLookup
    let ledger: DeploymentLedger
    let discoveries: DiscoveryRegistry
    let successions: SuccessionQueue
    let clock: WallClock

    private var index: DeploymentIndex { ledger.index }

    public func facts(for identity: MachineIdentity) -> NodeBootFacts? {
        let byMAC = nodes.node(mac: identity.mac)
        guard let name = byMAC ?? identity.uuid.flatMap({ nodes.node(uuid: $0) }),
            let settings = try? nodes.settings(of: name)
        else { return nil }
        let interface =
            settings.interfaces.first { $0.hardwareAddress == identity.mac }
            ?? settings.interfaces.first { $0.hardwareAddress == nil }
        let deployment = index.deployment(of: name)
        return NodeBootFacts(
            name: name, macAddresses: settings.macs, uuid: settings.uuid, network: interface?.address,
            gateway: interface?.gateway, dnsServers: settings.dnsServers, domain: settings.domain,
            hostname: settings.hostname, timeServers: settings.ntpServers.compactMap { IPv4Address($0) },
            mtu: interface?.mtu.flatMap { UInt16(exactly: $0) },
            deployment: deployment.flatMap { deployment in
                // A machine whose re-arming is off boots its disk until an operator arms it.
                guard settings.rearmsAtNetworkBoot || deployment.keyGrantOpen || deployment.state.isRunning else {
                    return nil
                }
                return NodeDeployment(
                    profile: deployment.profile, state: deployment.state, method: deployment.method)
            },
            loaders: deployment.flatMap { loaders(of: $0.profile) })
    }

    private func loaders(of profile: String) -> BootLoaders? {
        let suffixes = profiles.signedLoaders(of: profile)
        return suffixes.isEmpty ? nil : .signed(profile: profile, suffixes: suffixes)
    }

    public func isReserved(_ address: IPv4Address) -> Bool { nodes.isAssigned(address) }

    public func record(_ observation: BootObservation) {
        guard let node = observation.node else {
            discoveries.heard(DiscoveredMachine(observation))
            return
        }
        guard let event = TraceEvent(observation), let deployment = index.deployment(of: node) else { return }
        if observation.leadsToLoader, deployment.beginsAnewAtNetworkBoot,
            (try? nodes.settings(of: node))??.rearmsAtNetworkBoot == true
        {
            // The machine was reset: its key is gone, and it is deployed anew (docs/decisions/0003).
            successions.push(Succession(node: node, deployment: deployment.id, event: event))
            return
        }
        guard !deployment.state.isOver else { return }
        index.record([event], of: node, deployment: deployment.id)
    }
}

extension BootObservation {
    /// True when firmware or loader ask and are led further: the first sign of a machine that boots. Many network cards
    /// have iPXE in their ROM, and speak as a loader from the first packet.
    fileprivate var leadsToLoader: Bool {
        guard client == .firmware || client == .firmwareHTTP || client == .loader,
            case .answered(_, let target) = outcome
        else { return false }
        return target.bootFile != nil
    }
}

extension TraceEvent {
    /// Nil for what has no place in a deployment's trace: addresses for a running system.
    fileprivate init?(_ observation: BootObservation) {
        let step: String
        switch observation.client {
        case .firmware, .firmwareHTTP: step = Step.firmware
        case .loader: step = Step.loader
        case .agent: step = Step.network
        case .system: return nil
        }
        let status: TraceStatus
        switch observation.outcome {
        case .answered: status = .done
        case .refused, .declined, .unknownMachine: status = .retrying
        }
        self.init(
            time: observation.time, source: .dhcp, step: step, status: status,
            message: plain(observation.message, limit: 500))
    }
}

extension DiscoveredMachine {
    fileprivate init(_ observation: BootObservation) {
        self.init(
            mac: observation.identity.mac, uuid: observation.identity.uuid, serial: observation.identity.serial,
            architecture: observation.architecture?.name,
            vendorClass: observation.vendorClass.map { plain($0, limit: 100) },
            interface: observation.interface, relay: observation.relay, firstSeen: observation.time,
            lastSeen: observation.time, count: 1)
    }
}
