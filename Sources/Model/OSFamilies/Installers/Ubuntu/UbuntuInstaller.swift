import MusterBase

/// Subiquity, the installer of Ubuntu Server, by autoinstall (Canonical's "Autoinstall configuration reference manual").
///
/// The answers lie at `/autoinstall.yaml` in the installer's root, which is looked at before what cloud-init gives and before
/// the medium. Subiquity reads the file again behind `early-commands`: by then the disk is chosen.
public struct UbuntuInstaller: MachineInstaller {
    public init() {}

    public let answerFile = "autoinstall.yaml"

    /// In the root of the live system, not in the initramfs.
    public static let answersPath = "/autoinstall.yaml"

    public func kernelArguments(for system: InstalledSystem, consoles: [String]) -> [String] {
        // Without `autoinstall` it asks whether the disk may be overwritten.
        ["autoinstall", "fsck.mode=skip"] + consoles.map { "console=\($0)" }
    }

    public func defaultAnswers(for system: InstalledSystem, variant: ProfileVariant) -> String {
        [Self.head, Self.source(system, variant), Self.disk, Self.software(variant), Self.end(variant)].joined()
    }

    public func files(
        for machine: MachineAnswers, of system: InstalledSystem, profile: String
    ) throws(MusterError) -> [AnswerFile] {
        let text = try AutoinstallAnswers(machine: machine, system: system).text(joinedTo: profile)
        return [AnswerFile(machine.validDisk == nil ? .start : .disk, Self.answersPath, text)]
    }

    private static let head = """
        # Answers for Ubuntu's installer, the same for every machine of this profile. This file is yours to edit; the
        # "Autoinstall configuration reference manual" describes the keys. What is particular to a machine (names, network,
        # time zone, locale, keyboard, time servers, root's password and keys, the disk) is added from its attributes, and
        # prevails.
        version: 1

        """

    /// From 22.04 on the medium has two systems to choose from.
    private static func source(_ system: InstalledSystem, _ variant: ProfileVariant) -> String {
        guard (system.majorVersion ?? 24) >= 22 else { return "" }
        let name = variant == .standard ? "ubuntu-server" : "ubuntu-server-minimal"
        return "\nsource:\n  id: \(name)\n  search_drivers: false\n"
    }

    private static let disk = """

        # The whole disk, as the distribution lays it out.
        storage:
          layout:
            name: lvm

        ssh:
          install-server: true
          allow-pw: false

        """

    private static func software(_ variant: ProfileVariant) -> String {
        guard variant == .hpc else { return "" }
        return """

            # Compilers, and what MPI libraries stand on. They come from Ubuntu's archive, which the machine must reach.
            packages:
              - build-essential
              - gfortran
              - git
              - environment-modules
              - hwloc
              - numactl
              - rdma-core
              - nfs-common
              - rsync

            """
    }

    private static func end(_ variant: ProfileVariant) -> String {
        let quiet = """

            # Nothing is upgraded while jobs run.
            late-commands:
              - [curtin, in-target, --, systemctl, mask, apt-daily.timer, apt-daily-upgrade.timer]

            """
        return "\nupdates: security\n" + (variant == .hpc ? quiet : "") + "\nshutdown: reboot\n"
    }
}
