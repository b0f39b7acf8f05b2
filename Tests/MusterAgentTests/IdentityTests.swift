import DHCPWire
import DeploymentModel
import LinuxSystem
import MusterAPI
import MusterAgent
import MusterBase
import SSHWire
import TestSupport
import Testing

private let eth0 = NetworkLink(
    index: 2, name: "eth0", type: 1, isUp: true, hasCarrier: true, address: MACAddress("52:54:00:12:34:56"),
    permanentAddress: nil, mtu: 1500, isVirtual: false)

private func boot(dhcp: Bool = true) throws -> NetworkState {
    let network = try #require(IPv4Network("10.1.2.3/16"))
    return NetworkState(
        link: eth0, address: LinkAddress(network: network, gateway: IPv4Address(10, 1, 0, 1)), isByDHCP: dhcp,
        dnsServers: [IPv4Address(10, 1, 0, 53)], domain: "by.dhcp", members: MusterVendorOptions(), links: [eth0])
}

private func configuration(_ interfaces: [InterfaceConfiguration]) throws -> NodeConfiguration {
    NodeConfiguration(
        node: "n1", hostname: "n1", domain: "cluster.example", deployment: "d", profile: "debian-12",
        method: .untethered,
        image: ImageAssignment(
            reference: try #require(ImageReference("debian-12@7")),
            manifestDigest: try #require(ContentDigest(octets: [UInt8](repeating: 0, count: 32))), chunkKey: ""),
        interfaces: interfaces,
        dnsServers: [], ntpServers: ["10.1.0.1"], timeZone: "Europe/Berlin", locale: "C.UTF-8", keyboard: nil,
        rootKeys: ["ssh-ed25519 AAAA op"], rootPasswordCrypt: "$6$salt$digest", userAuthority: "ssh-ed25519 BBBB",
        knownHosts: ["@cert-authority * ssh-ed25519 CCCC"], onbootScripts: [], members: [], heartbeatInterval: 30)
}

/// A root file system in a directory that goes away behind the test.
private func withTree<Result>(_ body: (RootTree) throws -> Result) throws -> Result {
    let directory = try TemporaryDirectory()
    defer { withExtendedLifetime(directory) {} }
    try directory.makeDirectory("etc")
    return try body(RootTree(at: directory.path))
}

private func text(_ path: String, in changes: [RootChange]) -> String? {
    for case .file(path, let content, _) in changes { return String(decoding: content, as: UTF8.self) }
    return nil
}

@Suite("What makes an image into one node")
struct IdentityTests {
    @Test("a static address without a value keeps what DHCP gave")
    func keepsAddress() throws {
        let changes = NetworkFiles(
            configuration: try configuration([
                InterfaceConfiguration(
                    name: "", hardwareAddress: nil, method: .static, address: nil, gateway: nil, mtu: 9000)
            ]), boot: try boot()
        ).changes
        #expect(
            text("/etc/systemd/network/05-muster-0-main.network", in: changes) == """
                [Match]
                MACAddress=52:54:00:12:34:56
                Type=ether

                [Link]
                MTUBytes=9000
                RequiredForOnline=yes

                [Network]
                Address=10.1.2.3/16
                Gateway=10.1.0.1
                DNS=10.1.0.53
                Domains=cluster.example
                NTP=10.1.0.1

                """)
        #expect(text("/etc/resolv.conf", in: changes) == "search cluster.example\nnameserver 10.1.0.53\n")
        #expect(text("/etc/systemd/network/05-muster-eth0.link", in: changes)?.contains("Name=eth0\n") == true)
    }

    @Test("further interfaces have their own file, and the one that booted is never lost")
    func furtherInterfaces() throws {
        let fast = InterfaceConfiguration(
            name: "fast", hardwareAddress: MACAddress("02:00:00:00:00:09"), method: .static,
            address: IPv4Network("10.9.0.3/24"), gateway: nil, mtu: nil)
        let spare = InterfaceConfiguration(
            name: "spare", hardwareAddress: MACAddress("02:00:00:00:00:0a"), method: .none, address: nil, gateway: nil,
            mtu: nil)
        let nowhere = InterfaceConfiguration(
            name: "nowhere", hardwareAddress: nil, method: .dhcp, address: nil, gateway: nil, mtu: nil)
        let changes = NetworkFiles(
            configuration: try configuration([fast, spare, nowhere]), boot: try boot()
        ).changes
        let names = changes.map(\.path).filter { $0.hasSuffix(".network") }
        #expect(
            names == ["0-boot", "1-fast", "2-spare"].map { "/etc/systemd/network/05-muster-\($0).network" })
        let booted = try #require(text(names[0], in: changes))
        #expect(booted.contains("DHCP=ipv4\n"))
        #expect(booted.contains("ClientIdentifier=mac\n"))
        let other = try #require(text(names[1], in: changes))
        #expect(other.contains("Address=10.9.0.3/24\n"))
        #expect(!other.contains("DNS="))
        #expect(other.contains("RequiredForOnline=no\n"))
        #expect(text(names[2], in: changes)?.contains("LinkLocalAddressing=no\n") == true)
    }

    @Test("names, accounts, time and language are written as the system reads them")
    func writesFiles() throws {
        try withTree { tree in
            try Files.createDirectory(tree.mountPoint + "/usr/share/zoneinfo/Europe")
            try Files.write("x", to: tree.mountPoint + "/usr/share/zoneinfo/Europe/Berlin")
            try Files.write("root:*:1:0:99999:7:::\nbin:*:1::::::\n", to: tree.mountPoint + "/etc/shadow")
            try Files.link(tree.mountPoint + "/etc/resolv.conf", to: "/run/systemd/resolve/stub-resolv.conf")
            let files = IdentityFiles(
                configuration: try configuration([]), boot: try boot(),
                machineIdentifier: "0123456789abcdef0123456789abcdef")
            try tree.apply(files.changes(in: tree))
            #expect(tree.text("/etc/hostname") == "n1\n")
            #expect(tree.text("/etc/hosts")?.contains("10.1.2.3 n1.cluster.example n1\n") == true)
            #expect(tree.text("/etc/machine-id") == "0123456789abcdef0123456789abcdef\n")
            #expect(tree.text("/etc/shadow") == "root:$6$salt$digest:1:0:99999:7:::\nbin:*:1::::::\n")
            #expect(tree.text("/root/.ssh/authorized_keys") == "ssh-ed25519 AAAA op\n")
            #expect(tree.text("/etc/ssh/ssh_known_hosts") == "@cert-authority * ssh-ed25519 CCCC\n")
            #expect(Files.linkTarget(tree.mountPoint + "/etc/localtime") == "/usr/share/zoneinfo/Europe/Berlin")
            #expect(tree.text("/etc/locale.conf") == "LANG=C.UTF-8\n")
            #expect(Files.linkTarget(tree.mountPoint + "/etc/resolv.conf") == nil)
            #expect(tree.text("/etc/resolv.conf")?.hasPrefix("search") == true)
        }
    }

    @Test("a time zone or locale that leaves its place has no effect")
    func refusesPaths() throws {
        try withTree { tree in
            var odd = try configuration([])
            odd.timeZone = "../../../etc/shadow"
            odd.locale = "C\nX=1"
            let changes = IdentityFiles(configuration: odd, boot: try boot(), machineIdentifier: "0").changes(in: tree)
            #expect(!changes.map(\.path).contains { $0 == "/etc/localtime" || $0 == "/etc/locale.conf" })
        }
    }

    @Test("without a password root's log-in by password is shut; a broken one counts as none")
    func shutsRoot() {
        #expect(ShadowFile.settingRoot("root:$6$old:1::::::\n", crypt: nil) == "root:*:1::::::\n")
        #expect(ShadowFile.settingRoot("root:x:1::::::\n", crypt: "a:0\nevil::") == "root:*:1::::::\n")
        #expect(ShadowFile.settingRoot("bin:*:1::::::\n", crypt: "$6$a$b").hasPrefix("root:$6$a$b:"))
    }

    @Test("the machine's identifier stays the same, differs between machines and sites, and looks like a random one")
    func derivesIdentifier() throws {
        let uuid = try #require(MachineUUID("11223344-5566-7788-99aa-bbccddeeff00"))
        let first = MachineIdentifier.derive(site: "a", uuid: uuid, node: "n1")
        #expect(first == MachineIdentifier.derive(site: "a", uuid: uuid, node: "n2"))
        #expect(first != MachineIdentifier.derive(site: "b", uuid: uuid, node: "n1"))
        #expect(
            MachineIdentifier.derive(site: "a", uuid: nil, node: "n1")
                != MachineIdentifier.derive(site: "a", uuid: nil, node: "n2"))
        #expect(first.count == 32)
        #expect(Array(first)[12] == "4")
        #expect("89ab".contains(Array(first)[16]))
    }

    @Test("the host key can be read by OpenSSH's rules, and its settings name the certificate")
    func makesHostKey() throws {
        let key = try SSHHostKey.make(comment: "root@n1")
        let changes = key.changes(certificate: "CERT", userAuthority: "AUTH", serverSettings: "UsePAM yes\n")
        let file = try #require(text(SSHHostKey.path, in: changes))
        let read = try SSHPrivateKey(file: Secret(file))
        #expect(read.publicKey.line(comment: "root@n1") == key.publicLine)
        #expect(changes.contains { if case .file(SSHHostKey.path, _, 0o600) = $0 { true } else { false } })
        #expect(
            text("/etc/ssh/sshd_config.d/00-muster.conf", in: changes) == """
                # Written by the Muster agent at each boot.
                HostKey /etc/ssh/ssh_host_ed25519_key
                HostCertificate /etc/ssh/ssh_host_ed25519_key-cert.pub
                TrustedUserCAKeys /etc/ssh/muster_user_ca.pub

                """)
        #expect(
            text("/etc/ssh/sshd_config", in: changes) == "Include /etc/ssh/sshd_config.d/*.conf\nUsePAM yes\n")
        let plain = key.changes(certificate: nil, userAuthority: nil, serverSettings: nil)
        #expect(plain.map(\.path) == [SSHHostKey.path, SSHHostKey.path + ".pub"])
    }

    @Test("firmware's placeholders are no serial numbers, and its UUID is read")
    func readsFacts() throws {
        try withTree { tree in
            let dmi = tree.mountPoint + "/sys/class/dmi/id"
            try Files.createDirectory(dmi)
            try Files.write("11223344-5566-7788-99AA-BBCCDDEEFF00\n", to: dmi + "/product_uuid")
            try Files.write("To Be Filled By O.E.M.\n", to: dmi + "/product_serial")
            try Files.write("QEMU\n", to: dmi + "/sys_vendor")
            try Files.write("  Standard PC \n", to: dmi + "/product_name")
            let facts = MachineFacts.read(root: tree.mountPoint)
            #expect(facts.uuid?.description == "11223344-5566-7788-99aa-bbccddeeff00")
            #expect(facts.serial == nil)
            #expect(facts.model == "QEMU Standard PC")
            #expect(facts.firmware == "bios")
            #expect(facts.processors == 1)
        }
    }

    @Test("consoles are taken from the kernel's own list, the preferred one last")
    func findsConsoles() {
        let names = ConsoleNames.parse(
            "ttyS0                -W- (EC p a)    4:64\ntty0                 -WU (E  p  )    4:1\nnetcon0 R-- (E)\n")
        #expect(names == ["tty0", "ttyS0"])
        #expect(ConsoleNames.seconds(.milliseconds(12_045)) == "    12.045")
        #expect(ConsoleNames.brief(.milliseconds(45_960)) == "45.9 s")
    }
}
