import DeploymentModel
import LinuxSystem
import MusterAPI
import MusterBase
import Synchronization

/// An installation by debian-installer: gives it its answers, tells how it goes, and makes what it has installed into this
/// node.
final class DebianInstallation: Sendable {
    let session: SiteSession
    let enrolment: Enrolment
    let configuration: NodeConfiguration
    let installer: InstallerAssignment
    let install: InstallConfiguration
    let output: SwitchedOutput
    /// The path of the disk, once it was chosen.
    private let chosen = Mutex<String?>(nil)
    /// Octets that a disk has at least, by the profile's answers.
    private let leastDisk = Mutex(Int64(0))

    init(
        session: SiteSession, enrolment: Enrolment, configuration: NodeConfiguration, installer: InstallerAssignment,
        install: InstallConfiguration, output: SwitchedOutput
    ) {
        self.session = session
        self.enrolment = enrolment
        self.configuration = configuration
        self.installer = installer
        self.install = install
        self.output = output
    }

    private var steps: StepRunner { session.steps }
    private var reporter: EventReporter { steps.reporter }

    /// Where the installer looks for answers before it asks anything (S30initrd-preseed).
    private static let answersFile = "/preseed.cfg"
    private static let target = "/target"

    /// Runs until the installer restarts the machine, or until the node was armed anew.
    func run() async throws {
        try await InstallationRun(
            session: session, enrolment: enrolment, log: DebianInstallerLog.path, word: DebianInstallerLog.word
        ).run(serve)
    }

    /// - Returns: what the hook prints.
    private func serve(_ request: InstallerRequests.Request) async throws -> String {
        switch request {
        case .prepare: try await prepare()
        case .disk: return try await chooseDisk()
        case .finish: try await finish()
        }
        return ""
    }

    // MARK: Before the installer's first question

    private func prepare() async throws {
        let files = ProfileFiles(pool: session.pool, reporter: reporter, step: Step.installer)
        let content = try await session.runOnce(
            Step.installer, doing: "fetching the answers of the profile \(configuration.profile)",
            check: "`muster profile verify \(configuration.profile)` on the server"
        ) {
            let content = try await files.content(of: installer.answers)
            return StepResult(content, "\(installer.answers.name) of the profile \(configuration.profile)")
        }
        try await session.runScripts(
            Step.pre, install.preScripts, of: configuration, by: SystemToolRunner())
        let profile = String(decoding: content, as: UTF8.self)
        leastDisk.withLock { $0 = DebianAnswers.leastDisk(for: profile) }
        let text = DebianAnswers(configuration: configuration, boot: session.network).text(after: profile)
        try AtomicFile.write(text, to: Self.answersFile, mode: 0o600)
        await reporter.record(Step.installer, .progress, "debian-installer has its answers, and begins")
        output.change()
    }

    private func chooseDisk() async throws -> String {
        try await session.runOnce(Step.disk, doing: "choosing a disk", check: "the machine's disks") {
            let choice = DiskChoice(
                rule: try .ofNode(install.diskRule), needed: leastDisk.withLock { $0 }, mayWipe: install.mayWipeDisk)
            let disk = try choice.choose(DiskScan().disks())
            chosen.withLock { $0 = disk.path }
            return StepResult(disk.path, DiskWords.choice(disk))
        }
    }

    // MARK: When all is installed

    private func finish() async throws {
        let network = DebianNetwork(configuration: configuration, boot: session.network)
        try await InstalledNode(
            session: session, enrolment: enrolment, configuration: configuration, target: Self.target,
            disk: chosen.withLock { $0 }
            // By the name of the distribution (grub-installer).
        ).make(network.changes(in: RootTree(at: Self.target)), isBootEntry: { $0 == "debian" })
    }
}
