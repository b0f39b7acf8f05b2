import MusterBase

/// Weasel, the installer of ESXi, by its own Kickstart (VMware's "Installation or Upgrade Script Commands").
///
/// No agent runs beside it, since it is no Linux: its answers are made for a machine as a whole, by whoever gives them to it.
public struct ESXiInstaller: MachineInstaller {
    public init() {}

    public let answerFile = "ks.cfg"

    /// Where the answers are in the whole of a machine's files; ESXi takes them by `ks=`.
    public static let answersPath = "/ks.cfg"

    public func kernelArguments(for system: InstalledSystem, consoles: [String]) -> [String] {
        ["runweasel"] + serial(consoles)
    }

    /// ESXi has no `console=`: its screen goes to the first serial port when it is told so.
    private func serial(_ consoles: [String]) -> [String] {
        guard let console = consoles.last, console.hasPrefix("ttyS0") else { return [] }
        let speed = console.split(separator: ",").dropFirst().first.map { $0.prefix { $0.isNumber } } ?? "115200"
        return [
            "text", "nofb", "com1_Port=0x3f8", "com1_baud=\(speed)", "tty2Port=com1", "gdbPort=none", "logPort=none",
        ]
    }

    public func defaultAnswers(for system: InstalledSystem, variant: ProfileVariant) -> String {
        """
        # Answers for ESXi's installer, the same for every machine of this profile. This file is yours to edit; VMware's
        # "Installation or Upgrade Script Commands" describes the commands. What is particular to a machine (the disk,
        # network, keyboard, root's password and keys, time servers) is added from its attributes. ESXi has one set of
        # packages: all variants of a profile are the same.

        # You accept VMware's licence.
        vmaccepteula

        # The machine starts from its disk afterwards.
        reboot

        """
    }

    public func files(
        for machine: MachineAnswers, of system: InstalledSystem, profile: String
    ) throws(MusterError) -> [AnswerFile] {
        let text =
            profile + (profile.hasSuffix("\n") ? "" : "\n") + "\n# Of this machine, by Muster.\n"
            + ESXiMachineLines(machine: machine).text
        return [AnswerFile(.start, Self.answersPath, text)]
    }
}

/// What is particular to a machine, for ESXi. Its time zone is UTC always, and it has no locales.
struct ESXiMachineLines {
    let machine: MachineAnswers

    var text: String {
        var lines = KickstartLines()
        let target = machine.validDisk.map { "--disk=\($0)" } ?? "--firstdisk=local"
        lines.add("install \(target) --overwritevmfs")
        if let name = keyboard { lines.add("keyboard ", name) }
        let network = machine.networkLines(beginningWith: "network")
        let isNamed = network.contains { $0.contains("--hostname=") }
        let name = isNamed ? "" : machine.fullName.map { " --hostname=\($0)" } ?? ""
        lines.add((network.first ?? "network --bootproto=dhcp") + name)
        lines.add("rootpw --iscrypted " + (machine.validCrypt ?? Self.noPassword))
        return lines.text + firstBoot
    }

    /// The installer wants a password. This is the hash of none.
    private static let noPassword = "$6$muster$" + String(repeating: ".", count: 86)

    /// The names that ESXi has for keyboards.
    private var keyboard: String? {
        let names = [
            "us": "US Default", "de": "German", "fr": "French", "gb": "United Kingdom", "es": "Spanish",
            "it": "Italian", "jp": "Japanese", "ru": "Russian", "br": "Brazilian", "be": "Belgian", "dk": "Danish",
            "fi": "Finnish", "no": "Norwegian", "pt": "Portuguese", "se": "Swedish", "pl": "Polish",
        ]
        guard let layout = machine.keyboardLayouts.first else { return nil }
        return layout.layout == "ch" ? (layout.variant == "fr" ? "Swiss French" : "Swiss German") : names[layout.layout]
    }

    /// Runs at the first start from disk, in ESXi's own shell.
    private var firstBoot: String {
        let script = script
        return script.isEmpty ? "" : "\n%firstboot --interpreter=busybox\n\(script)"
    }

    var script: String {
        var lines: [String] = []
        let keys = machine.validKeys
        if !keys.isEmpty {
            lines.append("vim-cmd hostsvc/enable_ssh")
            lines.append("vim-cmd hostsvc/start_ssh")
        }
        for key in keys {
            lines.append("printf '%s\\n' \(ShellWord.quoted(key)) >>/etc/ssh/keys-root/authorized_keys")
        }
        let servers = machine.validNTPServers
        if !servers.isEmpty {
            let options = servers.map { "--server=\($0)" }.joined(separator: " ")
            lines.append("esxcli system ntp set \(options) --enabled=true")
        }
        return lines.map { "\($0)\n" }.joined()
    }
}
