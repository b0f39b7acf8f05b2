import MusterBase

/// A distributor's own installer, as Muster drives it: what its kernel is told, and what its answer file is called and says.
/// All of it is the same for each machine of a profile.
public protocol Installer: Sendable {
    /// Of the answer file in the directory of a profile.
    var answerFile: String { get }

    /// What a new profile's answer file says. Without anything that is particular to a site or to a machine.
    func defaultAnswers(for system: InstalledSystem, variant: ProfileVariant) -> String

    /// For the kernel that the installer runs with.
    ///
    /// - Parameter consoles: devices of the console, the last of which is /dev/console; empty for the kernel's choice.
    func kernelArguments(for system: InstalledSystem, consoles: [String]) -> [String]
}

/// An installer whose answers are joined with a machine's own before it reads them.
public protocol MachineInstaller: Installer {
    /// The files by which a machine's answers come to the installer. Called twice: before the installer begins, and again
    /// with the disk, once it is chosen.
    ///
    /// - Parameters:
    ///   - machine: what is particular to it. Values that cannot stand in an answer are left out.
    ///   - profile: what the profile's answer file says.
    /// - Throws: `malformed` for a profile's file that cannot be joined with anything.
    func files(
        for machine: MachineAnswers, of system: InstalledSystem, profile: String
    ) throws(MusterError) -> [AnswerFile]
}

/// What a new profile puts on machines, beyond what every system has.
public enum ProfileVariant: String, Sendable, Hashable, CaseIterable {
    /// What the distributor installs on a server when nobody chooses.
    case standard = "default"
    /// As little as a machine needs that is reached by ssh.
    case minimal
    /// For the nodes of a cluster: what compiles and runs jobs, and nothing that takes processors or memory from them.
    case hpc
}

/// What an installer is to put on a machine.
public struct InstalledSystem: Sendable, Hashable {
    /// The `ID` of os-release(5).
    public var distribution: String
    /// `9.4`, `13`; nil when the medium does not tell it.
    public var version: String?
    /// As the kernel names it.
    public var architecture: String

    public init(distribution: String, version: String?, architecture: String) {
        self.distribution = distribution
        self.version = version
        self.architecture = architecture
    }

    /// `9` of `9.4`; nil for a version that does not begin with a number.
    var majorVersion: Int? { version.flatMap { Int($0.prefix { ("0"..."9").contains($0) }) } }

    /// `4` of `9.4`.
    var minorVersion: Int? {
        version.flatMap { version in
            let parts = version.split(separator: ".")
            return parts.count > 1 ? Int(parts[1].prefix { ("0"..."9").contains($0) }) : nil
        }
    }
}

extension OSFamily {
    /// How Muster drives the family's installer, which may be another one for another version; nil for one that it cannot
    /// drive.
    public func installer(for system: InstalledSystem) -> (any Installer)? {
        Self.installable.contains(self) ? knownInstaller(for: system) : nil
    }

    /// Those whose installers can be driven: what the agent does beside them is done.
    public static let installable: [OSFamily] = [.debian, .enterpriseLinux]

    /// The installer of a family, also of one that is not ``installable`` yet; nil for a system that no answers are known for.
    public func knownInstaller(for system: InstalledSystem) -> (any Installer)? {
        switch self {
        case .enterpriseLinux: AnacondaInstaller()
        case .ubuntu: UbuntuInstaller()
        case .debian: DebianInstaller()
        case .suse: (system.majorVersion ?? 15) >= 16 ? AgamaInstaller() : AutoYaSTInstaller()
        case .esxi: ESXiInstaller()
        case .fedoraCoreOS: FedoraCoreOSInstaller()
        case .flatcar: FlatcarInstaller()
        case .alpine: AlpineInstaller()
        case .clearLinux: nil
        }
    }
}
