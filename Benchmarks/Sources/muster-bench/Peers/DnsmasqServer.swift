/// dnsmasq, as a DHCP server or as a TFTP server; its name service is off.
enum DnsmasqServer {
    private static let common = [
        "--keep-in-foreground", "--conf-file=/dev/null", "--user=root", "--group=root", "--port=0", "--no-resolv",
        "--no-hosts", "--bind-interfaces", "--log-facility=-",
    ]

    /// A host line for each node. Leases are not written, addresses are not tried by ping, and exchanges not logged.
    static func startDHCP(
        _ nodes: Int, interface: String, in space: NetworkNamespace, _ bench: Bench
    ) throws -> ChildProcess {
        let directory = try bench.directory("dnsmasq-\(nodes)")
        let hosts = (1...nodes).map { "\(KnownNodes.mac($0)),\(KnownNodes.address($0))" }.joined(separator: "\n")
        try bench.write(hosts + "\n", to: "\(directory)/hosts")
        let process = try ChildProcess(
            space.command(
                ["dnsmasq"] + common + [
                    "--interface=\(interface)", "--dhcp-range=10.0.0.0,static,255.0.0.0,1h",
                    "--dhcp-hostsfile=\(directory)/hosts", "--dhcp-authoritative", "--no-ping", "--quiet-dhcp",
                    "--leasefile-ro", "--dhcp-leasefile=\(directory)/leases", "--dhcp-lease-max=200000",
                ], processor: Bench.serverProcessor), log: "\(directory)/log")
        try process.waitForPort(67, .udp)
        return process
    }

    /// Serves a directory on port 69 of an address.
    static func startTFTP(_ root: String, address: String, in space: NetworkNamespace, _ bench: Bench) throws
        -> ChildProcess
    {
        let directory = try bench.directory("dnsmasq-tftp")
        let process = try ChildProcess(
            space.command(
                ["dnsmasq"] + common + [
                    "--listen-address=\(address)", "--enable-tftp", "--tftp-root=\(root)", "--tftp-max=200",
                    "--quiet-tftp",
                ], processor: Bench.serverProcessor), log: "\(directory)/log")
        try process.waitForPort(69, .udp)
        return process
    }
}
