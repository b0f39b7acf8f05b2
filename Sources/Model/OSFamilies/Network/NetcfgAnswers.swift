import MusterBase

/// The boot link as answers for netcfg, debian-installer's part that configures the network (Debian's installation guide,
/// appendix B.4.2). It knows one card: where that belongs to a bond or bridge, it has the address of the whole while the
/// installer works.
public struct NetcfgAnswers: Sendable {
    private let plan: NetworkPlan

    public init(_ plan: NetworkPlan) { self.plan = plan }

    public var lines: [String] {
        let chosen = plan.boot.device.map { ["d-i netcfg/choose_interface select \($0)"] } ?? []
        guard let (address, gateway) = address else { return chosen + ["d-i netcfg/dhcp_timeout string 60"] }
        let servers = plan.dnsServers.map { "\($0)" }.joined(separator: " ")
        return chosen + [
            "d-i netcfg/disable_autoconfig boolean true",
            "d-i netcfg/get_ipaddress string \(address.address)",
            "d-i netcfg/get_netmask string \(address.mask)",
            "d-i netcfg/get_gateway string \(gateway.map { "\($0)" } ?? "none")",
            "d-i netcfg/get_nameservers string \(servers)",
            "d-i netcfg/confirm_static boolean true",
        ]
    }

    /// The address without a tag: the machine booted without one. Nil to ask DHCP.
    private var address: (IPv4Network, IPv4Address?)? {
        if !isTagged, let address = plan.main.ipv4.address { return (address, plan.main.ipv4.gateway) }
        return plan.boot.isByDHCP ? nil : (plan.boot.address, plan.boot.gateway)
    }

    private var isTagged: Bool {
        plan.links.contains { link in
            guard case .vlan = link.kind, plan.carriesBoot(link) else { return false }
            return [link.label, link.controller].contains(plan.main.label)
        }
    }
}
