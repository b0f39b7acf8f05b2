import DHCPWire
import DeploymentModel
import DiskFormats
import LinuxSystem
import MusterAPI
import MusterAgent
import MusterBase
import OSFamilies
import TestSupport
import Testing

@Suite("beside debian-installer")
struct InstallerTests {
    private func answers(
        _ interfaces: [InterfaceConfiguration], profile: String = "", isByDHCP: Bool = true, crypt: String? = nil,
        locale: String = "de_DE.UTF-8"
    ) throws -> [String] {
        let link = NetworkLink(
            index: 2, name: "ens3", type: 1, isUp: true, hasCarrier: true, address: MACAddress("52:54:00:12:34:56"),
            permanentAddress: nil, mtu: 1500, isVirtual: false)
        let network = try #require(IPv4Network("10.1.2.3/16"))
        let boot = NetworkState(
            link: link, address: LinkAddress(network: network, gateway: IPv4Address(10, 1, 0, 1)), isByDHCP: isByDHCP,
            dnsServers: [IPv4Address(10, 1, 0, 53)], domain: nil, members: MusterVendorOptions(), links: [link])
        let configuration = NodeConfiguration(
            node: "n1", hostname: "n1", domain: "cluster.example", deployment: "d", profile: "debian",
            method: .scripted, interfaces: interfaces, dnsServers: [], ntpServers: ["10.1.0.1"],
            timeZone: "Europe/Berlin", locale: locale, keyboard: "de nodeadkeys\nd-i x/y string z", rootKeys: [],
            rootPasswordCrypt: crypt, userAuthority: nil, knownHosts: [], onbootScripts: [], members: [],
            heartbeatInterval: 30,
            install: InstallConfiguration(
                diskRule: "", mayWipeDisk: false, kernelArguments: ["console=ttyS0"], preScripts: [], postScripts: [],
                firstbootScripts: []))
        return DebianAnswers(configuration: configuration, boot: boot).text(after: profile)
            .split(separator: "\n").map(String.init)
    }

    @Test("a machine's own answers come last: debconf takes the last of several")
    func order() throws {
        let lines = try answers([], profile: "d-i netcfg/get_hostname string all\nd-i mirror/country string manual")
        #expect(lines.first == "d-i netcfg/get_hostname string all")
        #expect(lines.last { $0.hasPrefix("d-i netcfg/get_hostname ") } == "d-i netcfg/get_hostname string n1")
        #expect(lines.contains("d-i mirror/country string manual"))
        #expect(lines.contains("d-i netcfg/get_domain string cluster.example"))
        #expect(lines.contains("d-i debian-installer/add-kernel-opts string console=ttyS0"))
        #expect(lines.contains("d-i time/zone string Europe/Berlin"))
    }

    @Test("a value that does not fit a line is not written")
    func hostileValue() throws {
        let lines = try answers([])
        #expect(lines.contains("d-i keyboard-configuration/xkb-keymap select us"))
        #expect(!lines.contains { $0.contains("x/y") })
    }

    @Test("a static address is told, one by DHCP is left to DHCP")
    func network() throws {
        #expect(try !answers([]).contains { $0.contains("disable_autoconfig") })
        let own = InterfaceConfiguration(
            name: "", hardwareAddress: nil, method: .static, address: IPv4Network("10.1.7.7/16"),
            gateway: IPv4Address(10, 1, 0, 1), mtu: nil)
        let lines = try answers([own])
        for line in [
            "choose_interface select ens3", "disable_autoconfig boolean true", "get_ipaddress string 10.1.7.7",
            "get_netmask string 255.255.0.0", "get_gateway string 10.1.0.1", "get_nameservers string 10.1.0.53",
            "confirm_static boolean true",
        ] { #expect(lines.contains("d-i netcfg/\(line)"), "\(line)") }
    }

    @Test("a locale with a language tells the country as well; one without is told as such, with a country")
    func language() throws {
        #expect(try answers([]).contains("d-i debian-installer/locale string de_DE.UTF-8"))
        let lines = try answers([], locale: "C.UTF-8")
        #expect(lines.contains("d-i debian-installer/language string C"))
        #expect(lines.contains { $0.hasPrefix("d-i debian-installer/country ") })
        #expect(!lines.contains { $0.hasPrefix("d-i debian-installer/locale ") })
    }

    @Test("without a password root has one that nobody can type")
    func password() throws {
        #expect(try answers([]).contains("d-i passwd/root-password-crypted password *"))
        #expect(try answers([], crypt: "$6$a$b").contains("d-i passwd/root-password-crypted password $6$a$b"))
    }

    @Test("the profile's own command before partitioning runs as well, behind the choice of the disk")
    func earlyCommand() throws {
        let own = "d-i partman/early_command string first\nd-i partman/early_command string one; \\\n  two;"
        #expect(DebianAnswers.answer(to: "partman/early_command", in: own) == "one;    two;")
        let lines = try answers([], profile: own)
        #expect(
            lines.last { $0.contains("partman/early_command") }
                == "d-i partman/early_command string /usr/lib/muster/debian-disk && ( one;    two; )")
    }

    @Test("the standard recipe wants a disk of its size, and somebody's own one that is known to nobody")
    func leastDisk() {
        let standard = "d-i partman-auto/choose_recipe select atomic\n"
        #expect(DebianAnswers.leastDisk(for: standard) == 9_500_000_000)
        #expect(
            DebianAnswers.leastDisk(for: standard + "d-i partman-auto/expert_recipe string x :: 1 2 3 ext4") < 3 << 30)
        #expect(DebianAnswers.leastDisk(for: "") < 3 << 30)
    }

    @Test("the installer's log tells which step begins and which failed, across pieces of lines")
    func log() {
        var log = InstallerLog(DebianInstallerLog.word)
        let text = """
            Nov 22 10:00:01 main-menu[252]: INFO: Menu item 'netcfg' selected
            Nov 22 10:00:02 kernel: [    1.0] muster: network: main-menu[1]: Menu item 'x' selected
            Nov 22 10:00:02 in-target: Menu item 'forged' selected
            Nov 22 10:00:03 main-menu[252]: WARNING **: Configuring 'netcfg' failed with error code 1

            """
        // Such lines say nothing to people.
        _ = log.take(Array("Nov 22 10:00:00 debootstrap: \nNov 22 10:00:00 in-target: ^M\n".utf8))
        #expect(log.last.isEmpty)
        let octets = Array(text.utf8)
        var words = log.take(octets.prefix(100))
        words += log.take(octets.dropFirst(100))
        #expect(words == [.begins("netcfg"), .failed("netcfg")])
        #expect(log.last.count == 3 && log.last.last?.hasSuffix("error code 1") == true)
        _ = log.take([UInt8](repeating: 0x41, count: 1 << 20) + [0x0A])
        #expect(log.last.last?.utf8.count == 4096)
    }

    @Test("Anaconda is told network and medium by files of its initramfs, and its log which task begins")
    func anaconda() throws {
        let around = AnacondaSurroundings()
        let boot = BootNetwork(
            device: LinkName("eno1"), hardwareAddress: try #require(MACAddress("52:54:00:12:34:56")),
            address: try #require(IPv4Network("10.0.0.11/24")), gateway: IPv4Address("10.0.0.1"), isByDHCP: true)
        let plan = NetworkPlan(wanted: [], boot: boot)
        let files = around.parameters(plan, medium: "http://10.0.0.1/os/rocky/distribution")
        #expect(files.map(\.path) == ["/etc/cmdline.d/50-muster.conf"])
        let lines = files[0].text.split(separator: "\n")
        #expect(lines.first == "rd.neednet=1" && lines.contains("ifname=eno1:52:54:00:12:34:56"))
        #expect(
            lines.contains { $0.hasPrefix("ip=") } && lines.last == "inst.stage2=http://10.0.0.1/os/rocky/distribution")
        let line = "12:00:00,000 INF installation: Task started: Installing the software (7/12)"
        #expect(around.word(of: line) == .begins("Installing the software"))
        #expect(around.word(of: "12:00:00,000 INF ui: something else") == nil)
        #expect(around.isBootEntry("Rocky Linux") && !around.isBootEntry("UEFI PXEv4"))
    }

    @Test("how the machine reached the network comes through a file as it was")
    func networkState() throws {
        let link = NetworkLink(
            index: 2, name: "eno1", type: 1, isUp: true, hasCarrier: true, address: MACAddress("52:54:00:12:34:56"),
            permanentAddress: nil, mtu: 1500, isVirtual: false)
        let endpoint = MusterVendorOptions.Endpoint(address: IPv4Address(10, 0, 0, 1), port: 443)
        let state = NetworkState(
            link: link,
            address: LinkAddress(network: try #require(IPv4Network("10.0.0.11/24")), gateway: IPv4Address(10, 0, 0, 1)),
            isByDHCP: true, dnsServers: [IPv4Address(10, 0, 0, 1)], domain: "example",
            members: MusterVendorOptions(nodeAPI: [endpoint], http: [endpoint]), links: [link])
        #expect(try MusterJSON.decode(NetworkState.self, from: MusterJSON.encode(state), of: "it") == state)
    }

    @Test("a disk that an installer partitioned is one of Muster's afterwards")
    func mark() throws {
        var random = SystemRandomNumberGenerator()
        let plan = PartitionPlan([
            .init(.efiSystem, .octets(1 << 20), label: "EFI System Partition", guid: .random(using: &random)),
            .init(.linuxGeneric, .rest(minimum: 1 << 20), label: "", guid: .random(using: &random)),
        ])
        let table = try plan.table(disk: .random(using: &random), blockSize: 512, blockCount: 1 << 20)
        let marked = try #require(DiskMark.marked(table))
        #expect(marked.partitions.map(\.label) == ["muster-EFI System Partition", "muster-2"])
        #expect(marked.partitions.map(\.firstBlock) == table.partitions.map(\.firstBlock))
        #expect(DiskMark.marked(marked) == nil)
        let regions = try marked.regions()
        let size = Int64(512) << 20
        let probe = DiskContentProbe(size: size, blockSize: 512) { offset, count in
            var octets = [UInt8](repeating: 0, count: count)
            for region in regions {
                for (index, octet) in region.octets.enumerated() {
                    let place = Int64(region.offset) + Int64(index) - Int64(offset)
                    if place >= 0, place < Int64(count) { octets[Int(place)] = octet }
                }
            }
            return octets
        }
        #expect(try probe.content() == .muster)
    }

    @Test("a hook waits for its answer, and does not wait for an agent that is gone")
    func requests() async throws {
        let directory = try TemporaryDirectory()
        let requests = InstallerRequests(directory: directory.path("run"))
        #expect(try requests.ask(.disk, isServed: { false }) == .init(isGood: false, text: "the agent is gone"))
        let server = Task {
            let asked = try await waitForState(otherwise: "nobody asks", limit: .seconds(20)) { requests.next() }
            try requests.answer(asked, .init(isGood: true, text: "/dev/vda"))
            return asked
        }
        let answer = try await Task.detached { try requests.ask(.disk, isServed: { true }) }.value
        #expect(answer == .init(isGood: true, text: "/dev/vda"))
        #expect(try await server.value == .disk && requests.next() == nil)
        _ = directory
    }
}
