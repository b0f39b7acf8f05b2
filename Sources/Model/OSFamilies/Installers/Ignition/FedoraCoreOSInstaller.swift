import MusterBase

/// Fedora CoreOS and RHEL CoreOS, by Ignition (coreos-installer's documentation, "Live media and kernel arguments").
///
/// The live system takes its own configuration from `/config.ign` in the initramfs, as `coreos-installer pxe ignition wrap` puts
/// it there. That runs coreos-installer once the disk is chosen; the installed system has its configuration from the first boot
/// on.
public struct FedoraCoreOSInstaller: MachineInstaller {
    public init() {}

    public let answerFile = "config.ign"

    /// Of the live system, in the root of the initramfs.
    public static let livePath = "/config.ign"
    /// Of the system that is installed.
    public static let installedPath = "/run/muster-agent/installed.ign"
    /// Of coreos-installer: JSON, which is YAML.
    public static let optionsPath = "/run/muster-agent/installer.yaml"

    public func kernelArguments(for system: InstalledSystem, consoles: [String]) -> [String] {
        ["ignition.firstboot", "ignition.platform.id=metal"] + consoles.map { "console=\($0)" }
    }

    public func defaultAnswers(for system: InstalledSystem, variant: ProfileVariant) -> String {
        // It would start the machine anew, for an update of its own, while jobs run.
        IgnitionAnswers.profile(masking: variant == .hpc ? ["zincati.service"] : [])
    }

    public func files(
        for machine: MachineAnswers, of system: InstalledSystem, profile: String
    ) throws(MusterError) -> [AnswerFile] {
        let answers = IgnitionAnswers(machine: machine, isFlatcar: false)
        let installed = try answers.installed(profile: profile).prettyText
        guard let disk = machine.validDisk else {
            return [AnswerFile(.start, Self.livePath, live(machine).prettyText)]
        }
        var options: JSONValue = [
            "dest-device": .text(disk), "ignition-file": .text(Self.installedPath), "platform": "metal",
        ]
        let arguments = machine.validKernelArguments
        if !arguments.isEmpty { options["append-karg"] = .list(arguments.map { .text($0) }) }
        return [
            AnswerFile(.disk, Self.installedPath, installed),
            AnswerFile(.disk, Self.optionsPath, options.prettyText),
        ]
    }

    private func live(_ machine: MachineAnswers) -> JSONValue {
        let unit = """
            [Unit]
            Description=Installs this machine
            ConditionKernelCommandLine=ignition.firstboot
            After=network-online.target
            Wants=network-online.target

            [Service]
            Type=oneshot
            ExecStart=\(SystemdWord.line(machine.hook + [InstallerHook.disk.rawValue]))
            ExecStart=/usr/bin/coreos-installer install --config-file \(Self.optionsPath)
            ExecStart=\(SystemdWord.line(machine.hook + [InstallerHook.finish.rawValue]))
            ExecStart=/usr/bin/systemctl --no-block reboot
            StandardOutput=journal+console
            StandardError=journal+console

            [Install]
            WantedBy=multi-user.target

            """
        return [
            "ignition": ["version": "3.0.0"],
            "systemd": ["units": [IgnitionAnswers.unit("muster-install.service", unit)]],
        ]
    }
}

/// Words of a command in a unit of systemd (systemd.service(5), "Command lines").
enum SystemdWord {
    static func line(_ words: [String]) -> String { words.map(quoted).joined(separator: " ") }

    static func quoted(_ word: String) -> String {
        guard !MachineAnswers.consists(word, of: "/._:=@+-") else { return word }
        let escaped = word.replacingScalars(
            ["\\": "\\\\", "\"": "\\\"", "%": "%%", "$": "$$", "\n": "\\n"])
        return "\"\(escaped)\""
    }
}
