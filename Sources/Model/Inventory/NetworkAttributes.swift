import DeploymentModel

extension AttributeDefinition {
    /// The attributes of the boot interface, then the same for further interfaces by name.
    static let network: [AttributeDefinition] = interface("net.") + interface("net.<name>.")

    private static func interface(_ prefix: String) -> [AttributeDefinition] {
        let isBoot = prefix == "net."
        let which = isBoot ? "the interface that the node boots from" : "the interface `<name>`"
        return place(prefix, which) + addresses(prefix, which, isBoot: isBoot) + layers(prefix, which, isBoot: isBoot)
            + cabling(prefix, which)
    }

    private static func place(_ prefix: String, _ which: String) -> [AttributeDefinition] {
        [
            AttributeDefinition(
                prefix + "hwaddr", .macAddress, "The MAC address of \(which). No two nodes have the same.",
                example: "52:54:00:12:34:56", index: .macAddress),
            AttributeDefinition(
                prefix + "interface_names", .list(of: .name),
                "Names of \(which) in the operating system. A bond, bridge or VLAN gets the first of them.",
                example: "eno1"),
            AttributeDefinition(
                prefix + "hostname", .name, "The host name that belongs to the address of \(which), if not the node's.",
                example: "{node}-ib"),
        ]
    }

    private static func addresses(_ prefix: String, _ which: String, isBoot: Bool) -> [AttributeDefinition] {
        [
            AttributeDefinition(
                prefix + "ipv4_address", .ipv4WithPrefix,
                "The IPv4 address of \(which) and its prefix. No two nodes have the same.",
                example: "10.1.{n1}.{n2+1}/16", index: .address),
            AttributeDefinition(
                prefix + "ipv4_gateway", .ipv4Address,
                "The router reached through \(which). One interface of a node has one.", example: "10.1.0.1",
                layout: .gateway),
            AttributeDefinition(
                prefix + "ipv4_method", .enumeration(["static", "dhcp"]),
                "Whether the installed system sets the address of \(which) itself or asks for it each time.",
                example: "dhcp", default: isBoot ? "static" : nil),
            AttributeDefinition(
                prefix + "ipv4_routes", .list(of: .route),
                "Networks that are reached through \(which), and by which router. A metric may stand behind: `metric 100`.",
                example: "10.9.0.0/16 via 10.1.0.254", layout: .structure),
            AttributeDefinition(
                prefix + "ipv6_address", .ipv6WithPrefix, "The IPv6 address of \(which) and its prefix.",
                example: "fd00:1::{n1}/64"),
            AttributeDefinition(
                prefix + "ipv6_gateway", .ipv6Address,
                "The IPv6 router reached through \(which). One interface of a node has one.", example: "fd00:1::1",
                layout: .gateway),
            AttributeDefinition(
                prefix + "ipv6_method", .enumeration(["static", "auto"]),
                "Whether the installed system sets the IPv6 address of \(which) itself or takes it from routers and DHCPv6. "
                    + "Unset: `static` with an address, else as the system does it by itself.",
                example: "auto"),
            AttributeDefinition(
                prefix + "mtu", .integer(576...65_535), "The largest packet that \(which) sends, in octets.",
                example: "9000"),
        ]
    }

    private static func layers(_ prefix: String, _ which: String, isBoot: Bool) -> [AttributeDefinition] {
        let own =
            isBoot
            ? " The boot link is always one of them; its name is `boot`."
            : " `boot` is the interface that the node boots from."
        return [
            AttributeDefinition(
                prefix + "vlan_id", .integer(VLANSettings.identifiers),
                "The tagged VLAN that the addresses of \(which) belong to.", example: "42", layout: .structure),
            AttributeDefinition(
                prefix + "vlan_parent", .name,
                "The other interface, by its `<name>`, on which \(which) is the VLAN `vlan_id`. `boot` is the interface "
                    + "that the node boots from.",
                example: "bond0", layout: .structure),
            AttributeDefinition(
                prefix + "team_members", .list(of: .name),
                "The interfaces, by their `<name>`, that \(which) joins to a bond." + own, example: "boot,second",
                layout: .structure),
            AttributeDefinition(
                prefix + "team_mode", .enumeration(BondMode.allCases.map(\.rawValue)),
                "How the links of the bond share the work; without it `activebackup`.", example: "lacp",
                layout: .structure),
            AttributeDefinition(
                prefix + "team_lacp_rate", .enumeration(LACPRate.allCases.map(\.rawValue)),
                "How often a bond by `lacp` asks its switch to speak: each second (`fast`) or each half minute (`slow`, "
                    + "also without it).", example: "fast"),
            AttributeDefinition(
                prefix + "team_hash_policy", .enumeration(BondHashPolicy.allCases.map(\.rawValue)),
                "What decides by which link of a bond a packet goes, for `lacp` and `loadbalance`; without it "
                    + "`layer2+3`.",
                example: "layer3+4"),
            AttributeDefinition(
                prefix + "bridge_ports", .list(of: .name),
                "The interfaces, by their `<name>`, that \(which) joins to a bridge." + own, example: "boot",
                layout: .structure),
            AttributeDefinition(
                prefix + "bridge_stp", .boolean,
                "Whether the bridge speaks the spanning tree protocol; without it, no.",
                example: "true"),
        ]
    }

    private static func cabling(_ prefix: String, _ which: String) -> [AttributeDefinition] {
        [
            AttributeDefinition(
                prefix + "switch", .name, "The switch that \(which) is plugged into.", example: "leaf{n1}"),
            AttributeDefinition(
                prefix + "switchport", .string, "The port of that switch.", example: "swp{n2}"),
        ]
    }
}
