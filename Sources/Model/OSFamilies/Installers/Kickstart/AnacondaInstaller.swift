import MusterBase

/// Anaconda, by Kickstart (the Kickstart documentation of pykickstart).
///
/// The agent runs before Anaconda's part in the initramfs reads anything: it puts the profile's file into the initramfs, with
/// the hooks behind it. What is particular to the machine stands in a file of its own, which is made when the disk is chosen
/// (`%pre`) and included when Anaconda reads all again: in the initramfs it is not seen, where `network` and `url` would
/// set up the network a second time.
public struct AnacondaInstaller: MachineInstaller {
    public init() {}

    public let answerFile = "ks.cfg"

    /// In the root of the initramfs.
    public static let answersPath = "/muster-ks.cfg"
    /// Below /run, which goes along from the initramfs to the installer.
    public static let machinePath = "/run/muster-agent/machine.ks"

    public func kernelArguments(for system: InstalledSystem, consoles: [String]) -> [String] {
        // A question that the answers leave open ends the installation; nobody is there to answer it.
        ["inst.ks=file:\(Self.answersPath)", "inst.cmdline"] + consoles.map { "console=\($0)" }
    }

    public func defaultAnswers(for system: InstalledSystem, variant: ProfileVariant) -> String {
        let release = AnacondaRelease(system)
        let packages = AnacondaPackages(release: release, variant: variant)
        return """
            # Answers for Anaconda, the same for every machine of this profile. This file is yours to edit; the Kickstart
            # documentation of pykickstart describes the commands. What is particular to a machine (source of the packages,
            # names, network, time zone, locale, keyboard, root's password, the disk, the boot loader's arguments) is
            # added from its attributes, and prevails. No other disk than the chosen one is touched.

            \(release.product == .enterpriseLinux ? "eula --agreed\n" : "")firstboot --disable
            selinux --enforcing
            firewall --enabled --service=ssh
            services --enabled=sshd

            # The whole disk, as the distribution lays it out.
            zerombr
            clearpart --all --initlabel
            autopart

            reboot

            \(packages.text)\(packages.addons)
            """
    }

    public func files(
        for machine: MachineAnswers, of system: InstalledSystem, profile: String
    ) throws(MusterError) -> [AnswerFile] {
        guard machine.validDisk != nil else {
            return [AnswerFile(.start, Self.answersPath, combined(profile, machine))]
        }
        let lines = AnacondaMachineLines(machine: machine, release: AnacondaRelease(system))
        return [AnswerFile(.disk, Self.machinePath, lines.text)]
    }

    /// The profile's answers, and behind them the hooks. An unfinished section of the profile's is not finished here: Anaconda
    /// says so.
    private func combined(_ profile: String, _ machine: MachineAnswers) -> String {
        profile + (profile.hasSuffix("\n") ? "" : "\n")
            + """

            # Of this machine, by Muster.
            %pre --erroronfail
            \(machine.hookLine(.disk))
            %end

            %include \(Self.machinePath)

            %post --nochroot --erroronfail
            \(machine.hookLine(.finish))
            %end

            """
    }
}
