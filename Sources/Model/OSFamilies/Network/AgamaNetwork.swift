import DeploymentModel
import MusterBase

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// The plan as the section `network` of a profile for Agama, SUSE 16's installer (profile.schema.json of agama). Its
/// connections become NetworkManager's; cards are found by their names, so those that the machine does not have are left out.
public struct AgamaNetwork: Sendable {
    private struct Section: Encodable { var connections: [Connection] }

    private struct Connection: Encodable {
        struct Bond: Encodable {
            var mode: String
            var options: String
            var ports: [String]
        }

        struct Bridge: Encodable {
            var stp: Bool
            var ports: [String]
        }

        struct VLAN: Encodable {
            var id: Int
            var parent: String
        }

        var id: String
        var interface: String
        /// The address that the link gets.
        var macAddress: String?
        var mtu: Int?
        var method4: String?
        var method6: String?
        var gateway4: String?
        var gateway6: String?
        var addresses: [String]?
        var nameservers: [String]?
        var dnsSearchlist: [String]?
        var autoconnect = true
        var bond: Bond?
        var bridge: Bridge?
        var vlan: VLAN?
    }

    private let plan: NetworkPlan

    public init(_ plan: NetworkPlan) { self.plan = plan }

    /// The value of `network`, as JSON. Agama has no words for static routes.
    public func json() throws -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .prettyPrinted, .withoutEscapingSlashes]
        let links = plan.links.filter { $0.device != nil }
        return String(decoding: try encoder.encode(Section(connections: links.map(connection))), as: UTF8.self)
    }

    private func connection(_ link: NetworkPlanLink) -> Connection {
        var connection = Connection(id: link.name, interface: link.name)
        connection.mtu = link.mtu
        switch link.kind {
        case .ethernet: break
        case .bond(let bond):
            let options = bond.options.dropFirst().map { "\($0.name)=\($0.value)" }.joined(separator: " ")
            connection.bond = .init(mode: bond.mode.kernelName, options: options, ports: parts(link))
            connection.macAddress = plan.hardwareAddress(of: link).map { "\($0)" }
        case .bridge(let bridge):
            connection.bridge = .init(stp: bridge.spanningTree, ports: parts(link))
            connection.macAddress = plan.hardwareAddress(of: link).map { "\($0)" }
        case .vlan(let identifier, let parent):
            connection.vlan = .init(id: identifier, parent: plan.link(parent)?.name ?? parent)
        }
        if link.controller == nil { address(&connection, link) }
        return connection
    }

    private func parts(_ link: NetworkPlanLink) -> [String] { plan.parts(of: link).map(\.name) }

    private func address(_ connection: inout Connection, _ link: NetworkPlanLink) {
        switch link.ipv4 {
        case .none: connection.method4 = "disabled"
        case .dhcp: connection.method4 = "auto"
        case .fixed(_, let gateway):
            connection.method4 = "manual"
            connection.gateway4 = gateway.map { "\($0)" }
        }
        switch link.ipv6 {
        case .unset: connection.method6 = link.hasAddresses ? nil : "disabled"
        case .auto: connection.method6 = "auto"
        case .fixed(_, let gateway):
            connection.method6 = "manual"
            connection.gateway6 = gateway.map { "\($0)" }
        }
        let addresses = [link.ipv4.address.map { "\($0)" }, link.ipv6.address.map { "\($0)" }].compactMap(\.self)
        connection.addresses = addresses.isEmpty ? nil : addresses
        guard link.label == plan.main.label else { return }
        connection.nameservers = plan.dnsServers.isEmpty ? nil : plan.dnsServers.map { "\($0)" }
        connection.dnsSearchlist = plan.domain.map { [$0.text] }
    }
}
