import LinuxSystem

/// The agent in the booted system: the program, its unit, and the site's public keys.
enum AgentFiles {
    static let executable = "/usr/lib/muster/muster-agent"
    private static let unit = "/etc/systemd/system/muster-agent.service"

    /// After the network and the SSH server on the way up, so before them on the way down: the last heartbeat still
    /// gets out.
    private static let unitText = """
        [Unit]
        Description=Muster agent: stages and heartbeats
        After=network.target systemd-networkd.service ssh.service sshd.service
        ConditionPathExists=|/run/muster-agent/agent.json
        ConditionPathExists=|/var/lib/muster-agent/agent.json

        [Service]
        Type=exec
        ExecStart=/usr/lib/muster/muster-agent run
        Restart=on-failure
        RestartSec=5
        TimeoutStopSec=10

        [Install]
        WantedBy=multi-user.target

        """

    /// - Parameter isTethered: true where the program lies in memory already, as it serves the root.
    static func install(in tree: RootTree, isTethered: Bool = false) throws {
        var changes: [RootChange] = [
            .directory(path: "/usr/lib/muster", mode: 0o755),
            .text(unit, unitText),
            .link(path: "/etc/systemd/system/multi-user.target.wants/muster-agent.service", target: unit),
        ]
        for name in try Files.names(in: SiteTrust.directory) {
            let path = SiteTrust.directory + "/" + name
            changes.append(.file(path: path, content: try Files.read(path, limit: 1 << 20), mode: 0o644))
        }
        guard !isTethered else {
            changes.append(.link(path: executable, target: TetheredRoot.executable))
            return try tree.apply(changes)
        }
        try tree.apply(changes)
        try Files.copy("/proc/self/exe", to: tree.mountPoint + executable, mode: 0o755)
    }
}
