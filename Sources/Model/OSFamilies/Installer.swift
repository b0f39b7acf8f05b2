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
}

extension OSFamily {
    /// How Muster drives the family's installer, which may be another one for another version; nil for one that it cannot
    /// drive.
    public func installer(for system: InstalledSystem) -> (any Installer)? {
        switch self {
        case .debian: DebianInstaller()
        default: nil
        }
    }

    /// Those whose installers can be driven.
    public static let installable: [OSFamily] = [.debian]
}
