/// Kea's DHCPv4 server with a host reservation for each node.
enum KeaServer {
    /// Leases are held in memory and not written; one thread, as it has one processor; no log beside errors.
    static func start(_ nodes: Int, interface: String, in space: NetworkNamespace, _ bench: Bench) throws
        -> ChildProcess
    {
        let directory = try bench.directory("kea-\(nodes)")
        let reservations = (1...nodes).map { number in
            #"{"hw-address":"\#(KnownNodes.mac(number))","ip-address":"\#(KnownNodes.address(number))"}"#
        }.joined(separator: ",\n")
        // Reservations outside of any pool by their hardware address alone: the look-up that its manual calls fastest.
        try bench.write(
            """
            {"Dhcp4": {
              "interfaces-config": {"interfaces": ["\(interface)"], "dhcp-socket-type": "udp"},
              "lease-database": {"type": "memfile", "persist": false, "lfc-interval": 0},
              "multi-threading": {"enable-multi-threading": false},
              "valid-lifetime": 3600, "authoritative": true, "ddns-send-updates": false,
              "host-reservation-identifiers": ["hw-address"],
              "sanity-checks": {"lease-checks": "none"},
              "subnet4": [{
                "id": 1, "subnet": "10.0.0.0/8", "interface": "\(interface)",
                "reservations-global": false, "reservations-in-subnet": true, "reservations-out-of-pool": true,
                "reservations": [\(reservations)]
              }],
              "loggers": [{"name": "kea-dhcp4", "severity": "ERROR",
                "output_options": [{"output": "stderr"}]}]
            }}
            """, to: "\(directory)/kea.json")
        let process = try ChildProcess(
            space.command(["kea-dhcp4", "-c", "\(directory)/kea.json"], processor: Bench.serverProcessor),
            environment: ["KEA_PIDFILE_DIR": directory, "KEA_LOCKFILE_DIR": directory], log: "\(directory)/log")
        try process.waitForPort(67, .udp, seconds: 120)
        return process
    }
}
