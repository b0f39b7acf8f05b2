import MusterBase
import OSFamilies
import Testing

@Suite("Kickstart")
struct KickstartTests {
    private func lines(
        _ distribution: String, _ version: String?, _ machine: MachineAnswers
    ) throws -> [String] {
        let system = AnswerSamples.system(distribution, version)
        let files = try AnacondaInstaller().files(for: machine, of: system, profile: "reboot")
        return files.flatMap { $0.text.split(separator: "\n").map(String.init) }
    }

    @Test(
        "the profile's answers come first; the hooks, and what is included once the disk is chosen, stand behind them")
    func hooks() throws {
        let lines = try lines("rocky", "9.4", AnswerSamples.machine())
        #expect(
            lines == [
                "reboot", "# Of this machine, by Muster.", "%pre --erroronfail",
                "/run/muster-agent/muster-agent installer-hook disk", "%end", "%include /run/muster-agent/machine.ks",
                "%post --nochroot --erroronfail", "/run/muster-agent/muster-agent installer-hook finish", "%end",
            ])
    }

    @Test("a machine's own lines")
    func machine() throws {
        var machine = AnswerSamples.machine(disk: "/dev/vda")
        machine.network = """
            network --bootproto=static --device=52:54:00:12:34:56 --ip=10.1.1.1 --netmask=255.255.0.0
            reboot
            """
        let lines = try lines("rocky", "9.4", machine)
        #expect(
            lines == [
                "url --url=\"http://10.1.0.1/os/p/distribution\"", "lang \"de_DE.UTF-8\"",
                "keyboard --xlayouts='de (nodeadkeys)'", "timezone Europe/Berlin --utc",
                "timesource --ntp-server=10.1.0.1",
                "timesource --ntp-server=ntp.cluster.example",
                "network --bootproto=static --device=52:54:00:12:34:56 --ip=10.1.1.1 --netmask=255.255.0.0",
                "network --hostname=\"n1.cluster.example\"", "rootpw --iscrypted \"\(AnswerSamples.crypt)\"",
                "ignoredisk --only-use=vda",
                "bootloader --boot-drive=vda --append=\"console=ttyS0,115200n8 quiet\"",
            ])
    }

    @Test("what is not said is what the distribution takes for usual, and nobody has a password")
    func bare() throws {
        let lines = try lines("rocky", "9.4", AnswerSamples.bare(disk: "/dev/disk/by-id/x"))
        #expect(
            lines == [
                "lang \"en_US.UTF-8\"", "keyboard --xlayouts='us'", "timezone Etc/UTC --utc",
                "network --hostname=\"n1\"",
                "rootpw --lock", "ignoredisk --only-use=disk/by-id/x", "bootloader --boot-drive=disk/by-id/x",
            ])
    }

    @Test(
        "older Anacondas have time servers in the command of the time zone",
        arguments: [("centos", "7.9"), ("rocky", "8.10"), ("openEuler", "20.03-LTS"), ("fedora", "32")])
    func timeServers(distribution: String, version: String) throws {
        let lines = try lines(distribution, version, AnswerSamples.machine(disk: "/dev/sda"))
        #expect(lines.contains("timezone Europe/Berlin --utc --ntpservers=10.1.0.1,ntp.cluster.example"))
        #expect(!lines.contains { $0.hasPrefix("timesource") })
    }

    @Test("packages are what each distribution calls them")
    func packages() {
        func packages(_ distribution: String, _ version: String, _ variant: ProfileVariant) -> [String] {
            AnacondaInstaller().defaultAnswers(for: AnswerSamples.system(distribution, version), variant: variant)
                .split(separator: "\n").map(String.init)
        }
        #expect(packages("centos", "7.9", .minimal).contains("@^minimal"))
        #expect(packages("centos", "9", .minimal).contains("@^minimal-environment"))
        #expect(packages("fedora", "42", .minimal).contains("@core"))
        #expect(packages("ol", "7.9", .standard).contains("@^infrastructure-server-environment"))
        #expect(packages("openEuler", "24.03", .standard).contains("@^server-product-environment"))
        let cluster = packages("rhel", "10.0", .hpc)
        #expect(cluster.contains("gcc-gfortran") && cluster.contains("%addon com_redhat_kdump --disable"))
        #expect(!packages("fedora", "42", .hpc).contains { $0.hasPrefix("%addon") })
        for line in ["selinux --enforcing", "firewall --enabled --service=ssh", "reboot"] {
            #expect(packages("rhel", "10.0", .standard).contains(line), "\(line)")
        }
    }

    @Test("ESXi gets one network, a disk of its own, and its keys and time servers at the first start")
    func esxi() throws {
        let system = AnswerSamples.system("esxi", "8.0.2")
        let profile = ESXiInstaller().defaultAnswers(for: system, variant: .standard)
        let files = try ESXiInstaller().files(for: AnswerSamples.machine(), of: system, profile: profile)
        let lines = (files.first?.text ?? "").split(separator: "\n").map(String.init)
        for line in [
            "vmaccepteula", "install --firstdisk=local --overwritevmfs", "keyboard \"German\"",
            "network --bootproto=dhcp --hostname=n1.cluster.example", "rootpw --iscrypted \(AnswerSamples.crypt)",
            "esxcli system ntp set --server=10.1.0.1 --server=ntp.cluster.example --enabled=true",
            "printf '%s\\n' 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIHVq Jo \"the\" admin'\\''s key' >>/etc/ssh/keys-root/authorized_keys",
        ] { #expect(lines.contains(line), "\(line)") }
        let serial = ESXiInstaller().kernelArguments(for: system, consoles: ["tty0", "ttyS0,9600n8"])
        #expect(serial.contains("com1_baud=9600") && serial.first == "runweasel")
        #expect(ESXiInstaller().kernelArguments(for: system, consoles: []) == ["runweasel"])
    }
}
