import MusterBase
import OSFamilies
import TestSupport
import Testing

@Suite("autoinstall")
struct AutoinstallTests {
    private func joined(_ profile: String, _ machine: MachineAnswers = AnswerSamples.bare()) throws -> String {
        let files = try UbuntuInstaller().files(
            for: machine, of: AnswerSamples.system("ubuntu", "24.04"), profile: profile)
        return try #require(files.first).text
    }

    private let own = """
        user-data:
          hostname: "n1"
          fqdn: "n1"
          disable_root: false
          ssh_deletekeys: false
          users:
            - name: root
              lock_passwd: true

        """
    private let finish = "[\"/run/muster-agent/muster-agent\", \"installer-hook\", \"finish\"]"
    private let disk = "[\"/run/muster-agent/muster-agent\", \"installer-hook\", \"disk\"]"

    @Test("keys of the profile stay as they are written, with their comments; a machine's come behind them")
    func kept() throws {
        let text = try joined(
            """
            # Mine.
            version: 1
            # Of disks.
            storage:
              layout: {name: direct}

            apt:
            - not what you think
            # At the end.
            """)
        #expect(
            text == """
                # Mine.
                version: 1
                # Of disks.
                storage:
                  layout: {name: direct}

                apt:
                - not what you think
                \(own)early-commands:
                  - \(disk)
                late-commands:
                  - \(finish)
                # At the end.

                """)
    }

    @Test("the profile's own commands run as well: behind the choice of the disk, and before the end")
    func commands() throws {
        let block = try joined("early-commands:\n- a\n- b\nlate-commands:\n    - c: |\n       d\n\nversion: 1\n")
        #expect(block.contains("early-commands:\n- \(disk)\n- a\n- b\n"))
        #expect(block.contains("late-commands:\n    - c: |\n       d\n    - \(finish)\n"))
        let inline = try joined("early-commands: [a, [b, c]] # two\nlate-commands: []\n")
        #expect(inline.contains("early-commands: [\(disk), a, [b, c]]\n"))
        #expect(inline.contains("late-commands: [\(finish)]\n") && inline.contains("version: 1\n"))
    }

    @Test("lines may end as on Windows")
    func lineEnds() throws {
        let text = try joined("version: 1\r\nlocale: \"fr\"\r\n")
        #expect(text.hasPrefix("version: 1\nlocale: \"fr\"\nuser-data:\n"))
    }

    @Test("a file as cloud-init wants it is taken as well")
    func cloudConfig() throws {
        let text = try joined("#cloud-config\nautoinstall:\n    version: 1\n    locale: fr_FR.UTF-8\n")
        #expect(text.hasPrefix("version: 1\nlocale: fr_FR.UTF-8\nuser-data:\n"))
    }

    @Test("the chosen disk goes into the layout; a layout of somebody's own stays")
    func layout() throws {
        let machine = AnswerSamples.bare(disk: "/dev/vda")
        let text = try joined("storage:\n  swap: {size: 0}\n  layout:\n    name: zfs\n", machine)
        #expect(
            text.contains(
                "storage:\n  swap: {size: 0}\n  layout:\n    name: zfs\n    match:\n      path: \"/dev/vda\"\n"))
        #expect(!text.contains("early-commands"))
        #expect(try joined("version: 1", machine).contains("    name: lvm\n    match:\n"))
        let config = "storage:\n  config:\n    - {type: disk, id: a}\n"
        #expect(try joined(config, machine).contains(config))
    }

    @Test("a machine's own user-data goes into the profile's, and its users stay")
    func userData() throws {
        let text = try joined("user-data:\n    users: [{name: jo}]\n    hostname: all\n    packages: [vim]\n")
        #expect(
            text.contains("user-data:\n  users: [{name: jo}]\n  hostname: \"n1\"\n  packages: [vim]\n  fqdn: \"n1\"\n"))
        #expect(!text.contains("name: root"))
    }

    @Test("all that is particular to a machine")
    func machine() throws {
        var machine = AnswerSamples.machine()
        machine.network = "network:\n  version: 2\n  ethernets:\n    main: {dhcp4: true}\n"
        let text = try joined("version: 1\nnetwork:\n  version: 2\nlocale: x\n", machine)
        for part in [
            "network:\n  version: 2\n  ethernets:\n    main: {dhcp4: true}\n", "locale: \"de_DE.UTF-8\"\n",
            "keyboard:\n  layout: \"de\"\n  variant: \"nodeadkeys\"\n", "timezone: \"Europe/Berlin\"\n",
            "  ntp:\n    enabled: true\n    servers: [\"10.1.0.1\", \"ntp.cluster.example\"]\n",
            "      lock_passwd: false\n      hashed_passwd: \"\(AnswerSamples.crypt)\"\n",
            "        - \"ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIHVq Jo \\\"the\\\" admin's key\"\n",
        ] { #expect(text.contains(part), "\(part) in \(text)") }
        #expect(!text.contains("locale: x"))
    }

    @Test(
        "what is no mapping in block style is refused, with the line or the key",
        arguments: [
            "{version: 1}", "version: 1\nuser-data: {hostname: x}", "- a", "text", "version: 1\n  \"",
            "storage: *anchor", "user-data: &a\n  b: c", "? a\n: b", "%YAML 1.2\n",
        ])
    func refused(profile: String) throws {
        let error = caughtError { _ = try joined(profile, AnswerSamples.bare(disk: "/dev/vda")) }
        // A quotation that does not end is nothing that is looked at.
        if profile.contains("\n  \"") { return #expect(error == nil) }
        #expect(error?.code == .malformed && error?.message.hasPrefix("autoinstall.yaml ") == true)
    }
}
