import DeploymentModel
import MusterBase
import OSFamilies
import Testing

/// Machines as sites have them.
enum NetworkSample: String, CaseIterable, Sendable {
    /// One card by DHCP, another with a fixed address, packets of 9000 octets and a route.
    case two
    /// A bond of two cards with the node's address, and beside it a VLAN on the bond for a bridge.
    case stack
    /// A bridge over the boot link, IPv6, and eight cards of which one is plugged in.
    case bridge
    /// The node's address is in a VLAN on the boot link.
    case tagged

    static func mac(_ number: UInt64) -> MACAddress { MACAddress(rawValue: 0x5254_0000_0000 + number) }

    static func card(
        _ label: String, _ number: UInt64, _ ipv4: NetworkPlanLink.IPv4 = .none, routes: [StaticRoute] = [],
        mtu: Int? = nil
    ) -> NetworkPlanLink {
        NetworkPlanLink(
            label: label, device: LinkName("eno\(number)"), kind: .ethernet(mac(number), isPermanent: true), ipv4: ipv4,
            routes: routes, mtu: mtu)
    }

    static func boot(dhcp: Bool = true) throws -> BootNetwork {
        BootNetwork(
            device: LinkName("eno1"), hardwareAddress: mac(1), permanentAddress: mac(1),
            address: try #require(IPv4Network("10.1.2.3/16")), gateway: IPv4Address(10, 1, 0, 1), isByDHCP: dhcp)
    }

    static func fixed(_ text: String, _ gateway: IPv4Address? = nil) throws -> NetworkPlanLink.IPv4 {
        .fixed(try #require(IPv4Network(text)), gateway: gateway)
    }

    private var wanted: [NetworkPlanLink] {
        get throws {
            let own = try Self.fixed("10.1.2.3/16", IPv4Address(10, 1, 0, 1))
            let route = try #require(StaticRoute("10.9.0.0/16 via 10.8.0.1 metric 100"))
            switch self {
            case .two:
                return [
                    Self.card("main", 1, .dhcp),
                    Self.card("fast", 2, try Self.fixed("10.8.0.3/24"), routes: [route], mtu: 9000),
                ]
            case .stack:
                let bond = BondSettings(
                    members: ["boot", "second"], mode: .lacp, lacpRate: .fast, hashPolicy: .layer3and4)
                return [
                    NetworkPlanLink(label: "main", device: LinkName("bond0"), kind: .bond(bond), ipv4: own, mtu: 9000),
                    Self.card("boot", 1), Self.card("second", 2),
                    NetworkPlanLink(
                        label: "guests", device: LinkName("br0"), kind: .bridge(BridgeSettings(ports: ["vms"])),
                        ipv4: try Self.fixed("10.8.0.3/24"), routes: [route]),
                    NetworkPlanLink(
                        label: "vms", device: LinkName("vlan42"), kind: .vlan(identifier: 42, parent: "main")),
                ]
            case .bridge:
                let ipv6 = IPv6Settings.fixed(
                    try #require(IPv6Network("fd00:1::7/64")), gateway: IPv6Address("fd00:1::1"))
                let bridge = BridgeSettings(ports: ["boot"], spanningTree: true)
                return [
                    NetworkPlanLink(
                        label: "main", device: LinkName("br0"), kind: .bridge(bridge), ipv4: own, ipv6: ipv6),
                    Self.card("boot", 1),
                ] + (2...8 as ClosedRange<UInt64>).map { Self.card("port\($0)", $0) }
            case .tagged:
                return [
                    Self.card("main", 1),
                    NetworkPlanLink(
                        label: "main.42", device: LinkName("vlan42"), kind: .vlan(identifier: 42, parent: "main"),
                        ipv4: try Self.fixed("10.42.0.3/24", IPv4Address(10, 42, 0, 1))),
                ]
            }
        }
    }

    var plan: NetworkPlan {
        get throws {
            NetworkPlan(
                wanted: try wanted, boot: try Self.boot(), dnsServers: [IPv4Address(10, 1, 0, 53)],
                domain: "cluster.example", timeServers: ["10.1.0.1"])
        }
    }
}
