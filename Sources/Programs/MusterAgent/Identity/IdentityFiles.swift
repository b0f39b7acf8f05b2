import MusterAPI
import MusterBase

/// All that makes an image into this one node, except SSH's host key: as a list of changes, so that a test can read it.
public struct IdentityFiles: Sendable {
    let configuration: NodeConfiguration
    let boot: NetworkState
    let machineIdentifier: String
    /// True for a system that starts from a disk: nothing of this boot lasts.
    let isInstalled: Bool

    public init(
        configuration: NodeConfiguration, boot: NetworkState, machineIdentifier: String, isInstalled: Bool = false
    ) {
        self.configuration = configuration
        self.boot = boot
        self.machineIdentifier = machineIdentifier
        self.isInstalled = isInstalled
    }

    private var network: NetworkFiles {
        NetworkFiles(configuration: configuration, boot: boot, keepsLinkNames: !isInstalled)
    }

    /// What to change in this tree.
    public func changes(in tree: RootTree) -> [RootChange] {
        names + network.changes + services(in: tree) + time(in: tree)
            + language + AccessFiles(configuration: configuration).changes(in: tree)
    }

    private var names: [RootChange] {
        let name = configuration.hostname
        let address = ownAddress
        let full = configuration.domain.map { "\(name).\($0) \(name)" } ?? name
        return [
            .text("/etc/hostname", name + "\n"),
            .text(
                "/etc/hosts",
                """
                127.0.0.1 localhost
                \(address.map { "\($0.address)" } ?? "127.0.1.1") \(full)
                ::1 localhost ip6-localhost ip6-loopback
                ff02::1 ip6-allnodes
                ff02::2 ip6-allrouters

                """),
            .text("/etc/machine-id", machineIdentifier + "\n", mode: 0o444),
        ]
    }

    /// The node's own address, as far as it is known to stay.
    private var ownAddress: IPv4Network? {
        let main = network.plan.main
        if let fixed = main.ipv4.address { return fixed }
        guard let own = configuration.interfaces.first(where: { $0.name.isEmpty }) else {
            return main.ipv4 == .dhcp ? boot.address.network : nil
        }
        return own.address
    }

    private func services(in tree: RootTree) -> [RootChange] {
        guard tree.exists("/usr/lib/systemd/system/systemd-networkd.service") else { return [] }
        let wants = "/etc/systemd/system/multi-user.target.wants/"
        return [
            .link(
                path: wants + "systemd-networkd.service", target: "/usr/lib/systemd/system/systemd-networkd.service")
        ]
    }

    private func time(in tree: RootTree) -> [RootChange] {
        var changes: [RootChange] = []
        if let zone = configuration.timeZone, IdentityFiles.isPlainPath(zone),
            tree.exists("/usr/share/zoneinfo/\(zone)")
        {
            changes.append(.link(path: "/etc/localtime", target: "/usr/share/zoneinfo/\(zone)"))
            changes.append(.text("/etc/timezone", zone + "\n"))
        }
        if !configuration.ntpServers.isEmpty {
            let servers = configuration.ntpServers.joined(separator: " ")
            changes.append(.text("/etc/systemd/timesyncd.conf.d/muster.conf", "[Time]\nNTP=\(servers)\n"))
        }
        return changes
    }

    var language: [RootChange] {
        var changes: [RootChange] = []
        if let locale = configuration.locale, IdentityFiles.isWord(locale) {
            changes.append(.text("/etc/locale.conf", "LANG=\(locale)\n"))
            changes.append(.text("/etc/default/locale", "LANG=\(locale)\n"))
        }
        if let keyboard = configuration.keyboard, IdentityFiles.isWord(keyboard) {
            changes.append(.text("/etc/vconsole.conf", "KEYMAP=\(keyboard)\n"))
            changes.append(.text("/etc/default/keyboard", "XKBLAYOUT=\"\(keyboard)\"\n"))
        }
        return changes
    }

    /// Whether a text can stand in a path below a directory, and stays there.
    static func isPlainPath(_ text: String) -> Bool {
        !text.isEmpty
            && text.split(separator: "/", omittingEmptySubsequences: false).allSatisfy { part in
                part != ".." && part != "." && !part.isEmpty && isWord(String(part))
            }
    }

    /// Whether a text can stand in a shell-like file without quoting.
    static func isWord(_ text: String) -> Bool {
        !text.isEmpty
            && text.utf8.allSatisfy { byte in
                switch byte {
                case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                    UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "."), UInt8(ascii: "_"), UInt8(ascii: "-"),
                    UInt8(ascii: "+"), UInt8(ascii: "@"):
                    true
                default: false
                }
            }
    }
}
