import DeploymentModel
import LinuxSystem
import MusterAPI
import MusterBase
import OSFamilies
import Synchronization

/// An installation by an installer whose initramfs the agent was the first program of: chooses the disk when the installer has
/// found the disks, and makes what it has installed into this node.
final class MachineInstallation: Sendable {
    private let session: SiteSession
    private let enrolment: Enrolment
    private let state: InstallerState
    private let assignment: InstallerAssignment
    private let installer: any MachineInstaller
    private let surroundings: any InstallerSurroundings
    /// The path of the disk, once it was chosen.
    private let chosen = Mutex<String?>(nil)

    /// Throws ``MusterError`` `unsupported` for an installer that this agent does not know.
    init(session: SiteSession, enrolment: Enrolment, state: InstallerState) throws {
        guard let assignment = state.configuration.installer, let family = OSFamily(rawValue: assignment.family),
            let installer = family.knownInstaller(for: assignment.system) as? any MachineInstaller,
            let surroundings = family.surroundings
        else {
            throw MusterError(.unsupported, "this agent does not know the installer of \(state.configuration.system)")
        }
        self.session = session
        self.enrolment = enrolment
        self.state = state
        self.assignment = assignment
        self.installer = installer
        self.surroundings = surroundings
    }

    func run() async throws {
        let surroundings = surroundings
        try await InstallationRun(
            session: session, enrolment: enrolment, log: surroundings.log, word: { surroundings.word(of: $0) }
        ).run(serve)
    }

    /// - Returns: what the hook prints.
    private func serve(_ request: InstallerRequests.Request) async throws -> String {
        switch request {
        case .prepare: break
        case .disk: try await chooseDisk()
        case .finish: try await finish()
        }
        return ""
    }

    private func chooseDisk() async throws {
        let configuration = state.configuration
        guard let install = configuration.install, let medium = state.network.medium(of: configuration.profile) else {
            throw MusterError(.malformed, "the configuration of \(configuration.node) has no installation")
        }
        try await session.runOnce(Step.disk, doing: "choosing a disk", check: "the machine's disks") {
            let choice = DiskChoice(
                rule: try .ofNode(install.diskRule), needed: surroundings.leastDisk, mayWipe: install.mayWipeDisk)
            let disk = try choice.choose(DiskScan().disks())
            chosen.withLock { $0 = disk.path }
            let machine = MachineAnswers(
                configuration, on: state.network, beside: surroundings, medium: medium, disk: disk.path)
            let files = try installer.files(for: machine, of: assignment.system, profile: state.answers)
            for file in files where file.moment == .disk { try file.write() }
            return StepResult((), DiskWords.choice(disk))
        }
    }

    private func finish() async throws {
        guard let target = surroundings.targets.first(where: { Files.exists("\($0)/etc") }) else {
            throw MusterError(
                .notFound,
                "the installed system is not mounted (looked at \(surroundings.targets.joined(separator: ", ")))")
        }
        let surroundings = surroundings
        try await InstalledNode(
            session: session, enrolment: enrolment, configuration: state.configuration, target: target,
            disk: chosen.withLock { $0 }
        ).make([], isBootEntry: surroundings.isBootEntry) {
            try await surroundings.finish($0, written: InstalledNode.written.filter($0.has))
        }
    }
}
