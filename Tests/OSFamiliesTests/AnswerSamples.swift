import OSFamilies
import TestSupport

/// Machines and systems whose answers the tests look at.
enum AnswerSamples {
    static let hook = ["/run/muster-agent/muster-agent", "installer-hook"]
    static let crypt = "$6$saltsalt$0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ./0123456789"
    static let key = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIHVq Jo \"the\" admin's key"

    static func machine(disk: String? = nil) -> MachineAnswers {
        MachineAnswers(
            hostname: "n1", domain: "cluster.example", timeZone: "Europe/Berlin", locale: "de_DE.UTF-8",
            keyboard: "de(nodeadkeys)", ntpServers: ["10.1.0.1", "ntp.cluster.example"], rootPasswordCrypt: crypt,
            rootKeys: [key], disk: disk, kernelArguments: ["console=ttyS0,115200n8", "quiet"],
            repositoryURL: "http://10.1.0.1/os/p/distribution/", hook: hook)
    }

    /// Nothing is known but the name.
    static func bare(disk: String? = nil) -> MachineAnswers { MachineAnswers(hostname: "n1", disk: disk, hook: hook) }

    /// All of its values are the same text.
    static func hostile(_ text: String, disk: String? = nil) -> MachineAnswers {
        MachineAnswers(
            hostname: text, domain: text, timeZone: text, locale: text, keyboard: text, ntpServers: [text],
            rootPasswordCrypt: text, rootKeys: [text, "ssh-rsa AAAA \(text)"], disk: disk, kernelArguments: [text],
            repositoryURL: "http://a/\(text)", hook: hook)
    }

    static func system(_ distribution: String, _ version: String?) -> InstalledSystem {
        InstalledSystem(distribution: distribution, version: version, architecture: "x86_64")
    }

    /// A system of each family that an installer is known for.
    static let systems: [(OSFamily, InstalledSystem)] = [
        (.enterpriseLinux, system("centos", "7.9")), (.enterpriseLinux, system("rocky", "8.10")),
        (.enterpriseLinux, system("almalinux", "9.4")), (.enterpriseLinux, system("rhel", "10.0")),
        (.enterpriseLinux, system("centos", "10")), (.enterpriseLinux, system("ol", "9.4")),
        (.enterpriseLinux, system("fedora", "42")), (.enterpriseLinux, system("openEuler", "22.03-LTS-SP3")),
        (.ubuntu, system("ubuntu", "20.04.6")), (.ubuntu, system("ubuntu", "24.04")), (.debian, system("debian", "13")),
        (.suse, system("opensuse-leap", "15.6")), (.suse, system("sles", "15.7")),
        (.suse, system("opensuse-leap", "16.0")), (.suse, system("sles", "16.0")), (.esxi, system("esxi", "8.0.2")),
        (.fedoraCoreOS, system("fedora-coreos", "42.20250609.3.0")), (.flatcar, system("flatcar", "4152.2.0")),
        (.alpine, system("alpine", "3.22.0")),
    ]

    /// Those among them whose answers are joined with a machine's.
    static var joined: [(installer: any MachineInstaller, system: InstalledSystem)] {
        systems.compactMap { family, system in
            (family.knownInstaller(for: system) as? any MachineInstaller).map { ($0, system) }
        }
    }

    /// The texts of all files, of a machine whose disk is not chosen and of the same with a disk.
    static func texts(
        _ installer: any MachineInstaller, _ system: InstalledSystem, _ machine: MachineAnswers, profile: String? = nil
    ) throws -> [String] {
        let answers = profile ?? installer.defaultAnswers(for: system, variant: .standard)
        var later = machine
        later.disk = "/dev/disk/by-path/pci-0000:00:04.0"
        return try [machine, later].flatMap { machine in
            try installer.files(for: machine, of: system, profile: answers).map(\.text)
        }
    }
}
