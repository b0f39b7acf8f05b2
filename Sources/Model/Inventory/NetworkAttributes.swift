extension AttributeDefinition {
    /// The attributes of the boot interface, then the same for further interfaces by name.
    static let network: [AttributeDefinition] = interface("net.") + interface("net.<name>.")

    private static func interface(_ prefix: String) -> [AttributeDefinition] {
        let which = prefix == "net." ? "the interface that the node boots from" : "the interface `<name>`"
        return [
            AttributeDefinition(
                prefix + "hwaddr", .macAddress, "The MAC address of \(which). No two nodes have the same.",
                example: "52:54:00:12:34:56", index: .macAddress),
            AttributeDefinition(
                prefix + "interface_names", .list(of: .name), "Names of \(which) in the operating system.",
                example: "eno1"),
            AttributeDefinition(
                prefix + "hostname", .name, "The host name that belongs to the address of \(which), if not the node's.",
                example: "{node}-ib"),
            AttributeDefinition(
                prefix + "ipv4_address", .ipv4WithPrefix,
                "The IPv4 address of \(which) and its prefix. No two nodes have the same.",
                example: "10.1.{n1}.{n2+1}/16", index: .address),
            AttributeDefinition(
                prefix + "ipv4_gateway", .ipv4Address, "The router reached through \(which).", example: "10.1.0.1"),
            AttributeDefinition(
                prefix + "ipv4_method", .enumeration(["static", "dhcp"]),
                "Whether the installed system sets the address of \(which) itself or asks for it each time.",
                example: "dhcp", default: prefix == "net." ? "static" : nil),
            AttributeDefinition(
                prefix + "mtu", .integer(576...65_535), "The largest packet that \(which) sends, in octets.",
                example: "9000"),
            AttributeDefinition(
                prefix + "vlan_id", .integer(1...4094), "The tagged VLAN on \(which).", example: "42"),
            AttributeDefinition(
                prefix + "switch", .name, "The switch that \(which) is plugged into.", example: "leaf{n1}"),
            AttributeDefinition(
                prefix + "switchport", .string, "The port of that switch.", example: "swp{n2}"),
        ]
    }
}
