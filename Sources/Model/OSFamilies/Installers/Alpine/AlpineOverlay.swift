/// The overlay of a machine: the files that make Alpine's own system into it.
struct AlpineOverlay {
    let machine: MachineAnswers
    let profile: String

    var entries: [OverlayEntry] {
        packages + names + place + access + services
    }

    /// Names of packages, with what apk(5) lets stand behind them: `=1.2`, `@edge`, `!` in front.
    private var wanted: [String] {
        profile.split(whereSeparator: \.isWhitespace).map(String.init).filter {
            MachineAnswers.consists($0, of: "._+-=<>~@!:/")
        }
    }

    private var packages: [OverlayEntry] {
        var entries = [text("etc/apk/world", wanted.map { "\($0)\n" }.joined())]
        if let address = machine.validRepositoryURL {
            entries.append(text("etc/apk/repositories", "\(address)/apks\n"))
        }
        return entries
    }

    private var names: [OverlayEntry] {
        var entries: [OverlayEntry] = []
        if let name = machine.validHostname {
            let full = machine.fullName.map { $0 == name ? name : "\($0) \(name)" } ?? name
            entries.append(text("etc/hostname", "\(name)\n"))
            entries.append(
                text(
                    "etc/hosts",
                    "127.0.0.1 \(full) localhost.localdomain localhost\n::1 localhost localhost.localdomain\n"))
        }
        // interfaces(5). Without any, what the network's DHCP server says.
        let usual = "auto lo\niface lo inet loopback\n\nauto eth0\niface eth0 inet dhcp\n"
        entries.append(text("etc/network/interfaces", machine.network.isEmpty ? usual : machine.network))
        return entries
    }

    private var place: [OverlayEntry] {
        var entries: [OverlayEntry] = []
        if let zone = machine.validTimeZone {
            entries.append(text("etc/timezone", "\(zone)\n"))
            entries.append(
                OverlayEntry(path: "etc/localtime", content: .link("../usr/share/zoneinfo/\(zone)"), mode: 0o777))
        }
        if hasTimeServers {
            let lines = machine.validNTPServers.map { "server \($0) iburst" }
            let usual = ["driftfile /var/lib/chrony/chrony.drift", "rtcsync", "makestep 1.0 3"]
            entries.append(text("etc/chrony/chrony.conf", (lines + usual).map { "\($0)\n" }.joined()))
        }
        return entries
    }

    private var hasTimeServers: Bool { !machine.validNTPServers.isEmpty && wanted.contains("chrony") }

    private var access: [OverlayEntry] {
        var entries: [OverlayEntry] = []
        if !machine.validKeys.isEmpty {
            let keys = machine.validKeys.map { "\($0)\n" }.joined()
            entries.append(text("root/.ssh/authorized_keys", keys, mode: 0o600))
        }
        // At each start: the file of passwords comes with the packages. `*` is the hash of no password; Alpine's own root has an
        // empty one.
        let word = ShellWord.quoted("root:\(machine.validCrypt ?? "*")")
        let script = "#!/bin/sh\n# From Muster.\nprintf '%s\\n' \(word) | chpasswd -e\n"
        entries.append(text("etc/local.d/muster.start", script, mode: 0o700))
        return entries
    }

    /// With an overlay the initramfs enables no services by itself, but for `hwdrivers` and `modloop`.
    private var services: [OverlayEntry] {
        var levels: [(String, [String])] = [
            ("sysinit", ["devfs", "dmesg", "mdev", "hwdrivers", "modloop"]),
            ("boot", ["bootmisc", "hostname", "hwclock", "modules", "networking", "sysctl", "syslog"]),
            ("default", ["local"]),
            ("shutdown", ["killprocs", "mount-ro", "savecache"]),
        ]
        if wanted.contains("openssh") { levels.append(("default", ["sshd"])) }
        if wanted.contains("chrony") { levels.append(("default", ["chronyd"])) }
        return levels.flatMap { level, names in
            names.map { name in
                OverlayEntry(
                    path: "etc/runlevels/\(level)/\(name)", content: .link("/etc/init.d/\(name)"), mode: 0o777)
            }
        }
    }

    private func text(_ path: String, _ text: String, mode: UInt32 = 0o644) -> OverlayEntry {
        OverlayEntry(path: path, content: .text(text), mode: mode)
    }
}
