import CLinux
import DeploymentModel
import LinuxSystem
import MusterAPI
import MusterBase
import Synchronization

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif

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
    private static let logFile = "/var/log/syslog"
    private static let target = "/target"

    /// Runs until the installer restarts the machine, or until the node was armed anew: then what was begun here is over.
    func run() async throws {
        let watch = Task { await watchLog() }
        defer { watch.cancel() }
        let requests = InstallerRequests()
        while await !reporter.isKeyLost {
            guard let request = requests.next() else {
                try await Task.sleep(for: .milliseconds(200))
                continue
            }
            do {
                try requests.answer(request, .init(isGood: true, text: try await serve(request)))
            } catch {
                try requests.answer(request, .init(isGood: false, text: "\(error)"))
                // The operator looks at the reason, mends it, and arms the node again.
                try await session.waitUntilArmedAnew(enrolment.key)
                break
            }
        }
        await reporter.record(Step.installer, .progress, "the node was armed anew; this machine restarts")
        muster_restart()
        throw systemError("cannot restart this machine")
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
        let content = try await step(
            Step.installer, doing: "fetching the answers of the profile \(configuration.profile)",
            check: "`muster profile verify \(configuration.profile)` on the server"
        ) {
            let content = try await files.content(of: installer.answers)
            return StepResult(content, "\(installer.answers.name) of the profile \(configuration.profile)")
        }
        try await scripts(Step.pre, install.preScripts, SystemToolRunner())
        let profile = String(decoding: content, as: UTF8.self)
        leastDisk.withLock { $0 = DebianAnswers.leastDisk(for: profile) }
        let text = DebianAnswers(configuration: configuration, boot: session.network).text(after: profile)
        try AtomicFile.write(text, to: Self.answersFile, mode: 0o600)
        await reporter.record(Step.installer, .progress, "debian-installer has its answers, and begins")
        output.change()
    }

    private func chooseDisk() async throws -> String {
        try await step(Step.disk, doing: "choosing a disk", check: "the machine's disks") {
            let choice = DiskChoice(
                rule: try .ofNode(install.diskRule), needed: leastDisk.withLock { $0 }, mayWipe: install.mayWipeDisk)
            let disk = try choice.choose(DiskScan().disks())
            chosen.withLock { $0 = disk.path }
            return StepResult(
                disk.path,
                "\(disk.name) is taken: \(sizeText(disk.size)), \(disk.model ?? disk.bus), \(DiskWords.content(disk))")
        }
    }

    // MARK: While it works

    private func watchLog() async {
        var log = InstallerLog()
        let file = open(Self.logFile, O_RDONLY | O_CLOEXEC)
        guard file >= 0 else {
            return await reporter.record(
                Step.installer, .progress, "how the installation goes is not told: there is no \(Self.logFile)")
        }
        defer { close(file) }
        var begun = ContinuousClock.now
        var step: String?
        while !Task.isCancelled {
            for word in log.take(Self.rest(of: file)) {
                switch word {
                case .begins(let next) where next != step:
                    step = next
                    begun = .now
                    await reporter.record(Step.installer, .progress, next)
                case .begins: break
                case .failed(let failed):
                    let words = log.last.map { "\n\($0)" }.joined()
                    await reporter.record(
                        Step.installer, .failed, "\(failed) failed; the installer's last words:\(words)")
                }
            }
            if let step, ContinuousClock.now - begun > .seconds(60) {
                // A server that hears nothing calls a deployment stalled.
                begun = .now
                await reporter.record(
                    Step.installer, .progress, "\(step): \(log.last.last ?? "")", isShown: false)
            }
            guard (try? await Task.sleep(for: .seconds(1))) != nil else { return }
        }
    }

    /// All that was appended to a file.
    private static func rest(of file: Int32) -> [UInt8] {
        var octets: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 64 << 10)
        while octets.count < 1 << 20 {
            let count = read(file, &buffer, buffer.count)
            guard count > 0 else { break }
            octets += buffer[..<count]
        }
        return octets
    }

    // MARK: When all is installed

    private func finish() async throws {
        let system = ForeignRoot(at: Self.target, name: "the installed system")
        try await step(
            Step.identity, doing: "writing the accounts of \(configuration.node), and the agent", check: "the disk"
        ) {
            let files = IdentityFiles(
                configuration: configuration, boot: session.network, machineIdentifier: "", isInstalled: true)
            try system.tree.apply(
                AccessFiles(configuration: configuration).changes(in: system.tree) + files.language
                    + DebianNetwork(configuration: configuration, boot: session.network).changes(in: system.tree))
            try AgentFiles.install(in: system.tree)
            var events = EventQueue()
            // Far above the numbers of this boot's events.
            events.skip(1_000_000)
            let state = AgentState(
                key: enrolment.key, configuration: configuration, members: await session.pool.all.map(\.name),
                events: events)
            try state.save(in: Self.target + AgentState.diskDirectory)
            return StepResult((), "root's keys, known hosts and the agent are on the disk")
        }
        try await session.certify(configuration, enrolment, in: system.tree)
        await mark()
        if isUEFI { try FirmwareManager.showVariables() }
        try system.attach()
        defer { system.detach() }
        if isUEFI { await orderBoot(FirmwareManager(system: system)) }
        try await scripts(Step.post, install.postScripts, system)
        try await step(Step.staged, doing: "bringing all to the disk", check: "the disk") {
            try AtomicFile.syncFileSystem(of: Self.target)
            return StepResult((), "installed from \(installer.medium); starting from the disk")
        }
        _ = await reporter.flush(within: .seconds(60))
    }

    private func mark() async {
        guard let disk = chosen.withLock({ $0 }) else { return }
        do {
            try DiskMark.put(on: disk)
        } catch {
            await reporter.record(
                Step.disk, .progress,
                "\(disk) cannot be marked, and the next installation will take it for somebody else's: \(error)")
        }
    }

    private var isUEFI: Bool { session.facts.firmware == "uefi" }

    /// The installer made its own entry the first: a node would not come over the network again.
    private func orderBoot(_ manager: FirmwareManager) async {
        do {
            let before = try await manager.order()
            // By the name of the distribution (grub-installer).
            guard let own = before.entries.first(where: { $0.value == "debian" })?.key else { return }
            try await manager.set(before.orderBehindCurrent(own))
            await reporter.record(
                Step.bootLoader, .progress, "the network comes first in the firmware's order, and the disk behind it")
        } catch {
            await reporter.record(Step.bootLoader, .progress, "the firmware's order stays as it is: \(error)")
        }
    }

    // MARK: -

    /// Runs a step once: an installer cannot go on without it.
    private func step<Value: Sendable>(
        _ name: String, doing: String, check: String, _ body: () async throws -> StepResult<Value>
    ) async throws -> Value {
        do {
            return try await steps.run(name, doing: doing, check: check, isFinal: { _ in true }, body)
        } catch let error as MusterError {
            await steps.explain(error, step: name, doing: doing, check: check)
            throw error
        }
    }

    private func scripts(_ stage: String, _ scripts: [StageScript], _ runner: any ToolRunner) async throws {
        do {
            try await ScriptStage(
                name: stage, scripts: scripts,
                purpose: .init(node: configuration.node, profile: configuration.profile, image: nil),
                pool: session.pool, reporter: reporter, runner: runner
            ).run()
        } catch let error as MusterError {
            await steps.explain(
                error, step: stage, doing: "running the \(stage) scripts",
                check: "the script in the profile \(configuration.profile)")
            throw error
        }
    }
}
