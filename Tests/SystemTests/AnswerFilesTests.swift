import LinuxSystem
import MusterBase
import OSFamilies
import TestSupport
import Testing

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// What Muster writes for installers, read by the programs that know the formats.
@Suite(
    .serialized,
    .enabled(if: ProcessInfo.processInfo.environment["MUSTER_SYSTEM_TESTS"] != nil, "whole systems: see ./test"))
struct AnswerFilesTests {
    private static let validators = Task { try await AnswerValidators.ready() }

    private let directory: TemporaryDirectory

    init() throws { directory = try TemporaryDirectory() }

    // MARK: Machines

    private static let crypt = "$6$saltsalt$" + String(repeating: "x", count: 86)
    private static let hook = ["/run/muster-agent/muster-agent", "installer-hook"]

    /// An ordinary machine, one of which nothing is known, and those with values that were made to hurt.
    private static var machines: [MachineAnswers] {
        let ordinary = MachineAnswers(
            hostname: "n1", domain: "cluster.example", timeZone: "Europe/Berlin", locale: "de_DE.UTF-8",
            keyboard: "de(nodeadkeys),us", ntpServers: ["10.1.0.1", "ntp.example"], rootPasswordCrypt: crypt,
            rootKeys: ["ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIHVq Jo's \"key\" & more <x> $HOME"],
            kernelArguments: ["console=ttyS0,115200n8", "quiet"], repositoryURL: "http://10.1.0.1/os/p/distribution",
            hook: hook)
        return [ordinary, MachineAnswers(hostname: "n2", hook: hook)]
            + HostileTexts.all.map { text in
                MachineAnswers(
                    hostname: text, domain: text, timeZone: text, locale: text, keyboard: text, ntpServers: [text],
                    rootPasswordCrypt: text, rootKeys: ["ssh-rsa AAAA \(text)"], kernelArguments: [text],
                    repositoryURL: text, hook: hook)
            }
    }

    // MARK: Files

    private func installer(_ family: OSFamily, _ system: InstalledSystem) throws -> any Installer {
        try #require(family.knownInstaller(for: system))
    }

    /// The texts of a family's files, written: of each variant the profile's own, and a machine's with and without its disk.
    private func files(
        _ family: OSFamily, _ distribution: String, _ version: String, suffix: String = "",
        of machines: [MachineAnswers] = Self.machines
    ) throws -> [String] {
        let system = InstalledSystem(distribution: distribution, version: version, architecture: "x86_64")
        let installer = try installer(family, system)
        var texts: [String] = []
        for variant in ProfileVariant.allCases {
            let profile = installer.defaultAnswers(for: system, variant: variant)
            texts.append(profile)
            guard let joining = installer as? any MachineInstaller else { continue }
            for machine in variant == .standard ? machines : Array(machines.prefix(2)) {
                var later = machine
                later.disk = "/dev/disk/by-path/pci-0000:00:04.0"
                let first = try joining.files(for: machine, of: system, profile: profile)
                let second = try joining.files(for: later, of: system, profile: profile)
                texts += try whole(first, second)
            }
        }
        return try write(texts, suffix: suffix)
    }

    /// Kickstart with what it includes in it, as Anaconda reads it; the files of others as they are.
    private func whole(_ first: [AnswerFile], _ second: [AnswerFile]) throws -> [String] {
        let include = "%include \(AnacondaInstaller.machinePath)"
        guard let answers = first.first?.text, answers.contains(include) else { return (first + second).map(\.text) }
        let included = try #require(second.first { $0.path == AnacondaInstaller.machinePath })
        return [answers.replacing(include, with: included.text)]
    }

    private func write(_ texts: [String], suffix: String = "") throws -> [String] {
        try Set(texts).sorted().enumerated().map { index, text in
            let path = directory.path("\(index)\(suffix)")
            try AtomicFile.write(text, to: path)
            return path
        }
    }

    // MARK: Tests

    @Test(
        "Kickstart is right for pykickstart in each release's own syntax",
        arguments: [
            ("centos", "7.9", "RHEL7"), ("ol", "7.9", "RHEL7"), ("rocky", "8.10", "RHEL8"), ("rhel", "8.10", "RHEL8"),
            ("almalinux", "9.6", "RHEL9"), ("centos", "9", "RHEL9"), ("openEuler", "22.03-LTS-SP4", "F36"),
            ("openEuler", "24.03-LTS", "F39"), ("openEuler", "20.03-LTS-SP4", "F29"), ("rhel", "10.0", "RHEL10"),
            ("rocky", "10.0", "RHEL10"), ("fedora", "41", "F41"), ("fedora", "42", "F42"), ("fedora", "44", "F44"),
        ])
    func kickstart(distribution: String, version: String, syntax: String) async throws {
        let files = try files(.enterpriseLinux, distribution, version)
        try await Self.validators.value.kickstart(files, syntax: syntax)
    }

    @Test(
        "autoinstall is read as YAML, and its user-data is right for cloud-init",
        arguments: ["20.04.6", "22.04.5", "24.04.3", "26.04"])
    func autoinstall(version: String) async throws {
        let validators = try await Self.validators.value
        try await validators.yaml(try files(.ubuntu, "ubuntu", version))
        let system = InstalledSystem(distribution: "ubuntu", version: version, architecture: "x86_64")
        let answers = UbuntuInstaller().defaultAnswers(for: system, variant: .standard)
        let machines = version == "24.04.3" ? Self.machines.prefix(3) : Self.machines.prefix(1)
        for machine in machines {
            let text = try #require(try UbuntuInstaller().files(for: machine, of: system, profile: answers).first).text
            // The section, with its indentation taken away.
            let section = text.split(separator: "\n").drop { $0 != "user-data:" }.dropFirst()
            let lines = section.prefix { $0.hasPrefix("  ") }
            let data = "#cloud-config\n" + lines.map { "\($0.dropFirst(2))\n" }.joined()
            try await validators.cloudConfig(try write([data], suffix: ".yaml")[0])
        }
    }

    @Test(
        "autoinstall holds to the schema that Canonical publishes",
        .enabled(if: AnswerValidators.hasSchema, "there is no \(AnswerValidators.autoinstallSchema)"),
        arguments: ["20.04.6", "22.04.5", "24.04.3", "26.04"])
    func autoinstallSchema(version: String) async throws {
        let files = try files(.ubuntu, "ubuntu", version)
        try await Self.validators.value.yaml(files, schema: AnswerValidators.autoinstallSchema)
    }

    @Test("the seed of NoCloud is right for cloud-init")
    func seed() async throws {
        let validators = try await Self.validators.value
        let seeds = Self.machines.map { machine in
            NoCloudSeed(machine: machine, instance: "d\n-1: \"", userData: "#cloud-config\n{}\n").files
        }
        try await validators.yaml(try write(seeds.flatMap(\.values), suffix: ".yaml"))
        for seed in seeds.prefix(3) {
            try await validators.cloudConfig(try write([seed["vendor-data"] ?? ""], suffix: ".yaml")[0])
        }
    }

    @Test("debconf takes the preseed of Debian", arguments: ["12", "13"])
    func preseed(version: String) async throws {
        for file in try files(.debian, "debian", version) { try await Self.validators.value.preseed(file) }
    }

    @Test("AutoYaST's files are well-formed", arguments: [("opensuse-leap", "15.6"), ("sles", "15.7")])
    func autoYaST(distribution: String, version: String) async throws {
        try await Self.validators.value.xml(try files(.suse, distribution, version, suffix: ".xml"))
    }

    @Test("Agama's files are JSON", arguments: [("opensuse-leap", "16.0"), ("sles", "16.0")])
    func agama(distribution: String, version: String) async throws {
        let files = try files(.suse, distribution, version, suffix: ".json")
        // All JSON is YAML; what is read must be an object.
        try await Self.validators.value.yaml(files)
        for file in files { #expect(try Files.readText(file).hasPrefix("{")) }
    }

    @Test("Ignition takes its configurations, and makes of a root directory what they say")
    func ignition() async throws {
        let validators = try await Self.validators.value
        try await validators.ignition(try files(.flatcar, "flatcar", "4152.2.0", suffix: ".ign"))
        let system = InstalledSystem(distribution: "fedora-coreos", version: "42", architecture: "x86_64")
        let coreOS = FedoraCoreOSInstaller()
        let profile = coreOS.defaultAnswers(for: system, variant: .hpc)
        var machine = try #require(Self.machines.first)
        let live = try coreOS.files(for: machine, of: system, profile: profile)
        machine.disk = "/dev/vda"
        let installed = try coreOS.files(for: machine, of: system, profile: profile)
        try await validators.ignition(try write(live.map(\.text), suffix: ".ign"))
        let answers = try #require(installed.first { $0.path == FedoraCoreOSInstaller.installedPath })
        let file = try write([answers.text], suffix: ".ign")[0]
        let root = try makeRoot()
        try await validators.applyIgnition(file, to: root, state: directory.path)
        #expect(try Files.readText("\(root)/etc/hostname") == "n1.cluster.example\n")
        #expect(try Files.readText("\(root)/etc/locale.conf") == "LANG=de_DE.UTF-8\n")
        #expect(try Files.readText("\(root)/etc/shadow").contains("root:\(Self.crypt):"))
        let keys = try Files.readText("\(root)/root/.ssh/authorized_keys.d/ignition")
        #expect(keys.contains("Jo's \"key\" & more <x> $HOME"))
        #expect(directory.content().contains("root/etc/systemd/system/zincati.service"))
    }

    /// As much of a root file system as Ignition needs to change accounts in it. Files of an account are written with its
    /// rights, which would not reach into the test's directory: both are root.
    private func makeRoot() throws -> String {
        let texts = [
            "passwd": "root:x:0:0:root:/root:/bin/sh\ncore:x:0:0::/home/core:/bin/sh\n",
            "shadow": "root:*:19000:0:99999:7:::\ncore:*:19000:0:99999:7:::\n", "group": "root:x:0:\n",
            "selinux/config": "SELINUX=disabled\nSELINUXTYPE=targeted\n",
            "selinux/targeted/contexts/files/file_contexts": "",
        ]
        for (name, text) in texts { try directory.write(text, to: "root/etc/\(name)") }
        for home in ["root/root", "root/home/core"] { try directory.makeDirectory(home) }
        return directory.path("root")
    }

    @Test("the scripts in all of them are right for a POSIX shell")
    func scripts() async throws {
        var scripts: [String] = []
        for machine in Self.machines {
            let overlay = AlpineInstaller().overlay(for: machine, profile: "openssh")
            for case .text(let text) in overlay.map(\.content) where text.hasPrefix("#!") { scripts.append(text) }
        }
        for (family, distribution, version) in [
            (OSFamily.enterpriseLinux, "rocky", "9.6"), (.esxi, "esxi", "8.0.3"), (.suse, "sles", "15.7"),
        ] {
            for file in try files(family, distribution, version) {
                scripts += Self.scripts(in: try Files.readText(file))
            }
        }
        #expect(Set(scripts).count > 5)
        try await Self.validators.value.shell(try write(scripts, suffix: ".sh"))
    }

    /// Sections of Kickstart that are scripts, and sources of AutoYaST.
    private static func scripts(in text: String) -> [String] {
        let sources = text.components(separatedBy: "<source>").dropFirst()
        var scripts = sources.map { $0.components(separatedBy: "</source>")[0] }
        var open: [Substring]?
        for line in text.split(separator: "\n") {
            if let begun = open {
                if line == "%end" { scripts.append(begun.joined(separator: "\n")) }
                open = line == "%end" ? nil : begun + [line]
            } else if ["%pre ", "%post ", "%firstboot "].contains(where: { line.hasPrefix($0) }) {
                open = []
            }
        }
        // ESXi's last section does not end.
        if let open { scripts.append(open.joined(separator: "\n")) }
        return scripts.map { "\($0)\n" }
    }
}
