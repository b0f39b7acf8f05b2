import MusterBase

/// Flatcar, by Ignition ("Booting Flatcar via PXE" of its documentation).
///
/// It runs from memory as it is booted, and Ignition in its initramfs takes the configuration from the place of the vendor
/// (`oem`). Nothing is installed to a disk: the medium for network boot has no image to install.
public struct FlatcarInstaller: MachineInstaller {
    public init() {}

    public let answerFile = "config.ign"

    public static let answersPath = "/usr/share/oem/config.ign"

    public func kernelArguments(for system: InstalledSystem, consoles: [String]) -> [String] {
        ["flatcar.first_boot=1"] + consoles.map { "console=\($0)" }
    }

    public func defaultAnswers(for system: InstalledSystem, variant: ProfileVariant) -> String {
        // They fetch updates, and start the machine anew, while jobs run.
        IgnitionAnswers.profile(masking: variant == .hpc ? ["locksmithd.service", "update-engine.service"] : [])
    }

    public func files(
        for machine: MachineAnswers, of system: InstalledSystem, profile: String
    ) throws(MusterError) -> [AnswerFile] {
        guard machine.validDisk == nil else { return [] }
        let answers = try IgnitionAnswers(machine: machine, isFlatcar: true).installed(profile: profile)
        return [AnswerFile(.start, Self.answersPath, answers.prettyText)]
    }
}
