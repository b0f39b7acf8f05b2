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

/// The agent beside a distributor's installer, from its start until it restarts the machine.
///
/// `muster-agent installer` runs in the background and does the work. The installer's hooks ask it by
/// `muster-agent installer-hook REQUEST`, and wait. Where the agent was the first program of the installer's initramfs, the
/// first hook starts it again.
enum InstallerProgram {
    static let subcommand = "installer"
    static let hook = "installer-hook"

    private static let processFile = AgentState.memoryDirectory + "/installer.pid"

    /// Does the work of the agent. It never ends by itself: the machine restarts.
    static func run() async -> Int32 {
        let console = BootConsole()
        do {
            try Files.createDirectory(AgentState.memoryDirectory, mode: 0o700)
            try AtomicFile.write("\(getpid())", to: processFile, mode: 0o600)
            try await work(console)
            return 0
        } catch {
            console.line("the agent cannot go on: \(error)")
            return 1
        }
    }

    private static func work(_ console: BootConsole) async throws {
        if InstallerState.isThere { return try await goOn() }
        let arguments = KernelArguments((try? Files.readText("/proc/cmdline")) ?? "")
        for complaint in arguments.complaints { console.line(complaint) }
        // Once the installer shows its questions on the console, lines there would be in its way.
        let output = SwitchedOutput(console, KernelLog())
        let reporter = EventReporter(console: output)
        let pump = Task { await reporter.pump() }
        defer { pump.cancel() }
        let steps = StepRunner(reporter: reporter)
        let facts = MachineFacts.read()
        await reporter.record(Step.start, .done, InitProgram.greeting(facts))
        let trust = try await InitProgram.readTrust(steps)
        // The installer's udev loads the drivers.
        let network = try await InitProgram.connect(steps, facts, arguments, nil)
        let session = try SiteSession(steps, facts, arguments, trust, network)
        try await session.reachServer()
        try await session.withKey { enrolment in
            let configuration = try await session.configure(enrolment)
            guard let installer = configuration.installer, let install = configuration.install else {
                throw MusterError(
                    .conflict,
                    "the profile \(configuration.profile) has an image in the place of an installer by now",
                    advice: "start this machine anew")
            }
            try await DebianInstallation(
                session: session, enrolment: enrolment, configuration: configuration, installer: installer,
                install: install, output: output
            ).run()
        }
    }

    /// Goes on with what the agent of the initramfs began.
    private static func goOn() async throws {
        let state = try InstallerState.load()
        let reporter = EventReporter(console: KernelLog(), queue: state.agent.events)
        let pump = Task { await reporter.pump() }
        defer { pump.cancel() }
        let arguments = KernelArguments((try? Files.readText("/proc/cmdline")) ?? "")
        let session = try SiteSession(
            StepRunner(reporter: reporter), MachineFacts.read(), arguments,
            try SiteTrust.read(from: InstallerState.siteDirectory), state.network)
        let enrolment = Enrolment(
            key: try state.agent.agentKey(), node: state.configuration.node, deployment: state.configuration.deployment)
        await reporter.attach(MemberSender(pool: session.pool, key: enrolment.key), deployment: enrolment.deployment)
        try await MachineInstallation(session: session, enrolment: enrolment, state: state).run()
    }

    /// Asks the agent in the background; for a hook of the installer. What is for the hook goes to standard output.
    static func ask(_ arguments: [String]) -> Int32 {
        guard let request = arguments.first.flatMap(InstallerRequests.Request.init) else {
            let known = InstallerRequests.Request.allCases.map(\.rawValue).joined(separator: ", ")
            JournalOutput().line("muster-agent \(hook) wants one of: \(known)")
            return 64
        }
        do {
            if InstallerState.isThere, !Files.exists(processFile) || !isRunning() { try startInBackground() }
            let answer = try InstallerRequests().ask(request, isServed: isRunning)
            guard answer.isGood else {
                JournalOutput().line("muster: \(answer.text)")
                return 1
            }
            if !answer.text.isEmpty { print(answer.text) }
            return 0
        } catch {
            JournalOutput().line("muster: \(error)")
            return 1
        }
    }

    /// The first hook of an installer that came without the agent.
    private static func startInBackground() throws {
        try AtomicFile.write("", to: processFile, mode: 0o600)
        _ = try ChildProcess.spawn(
            InstallerState.program, [subcommand], log: AgentState.memoryDirectory + "/installer.log", newSession: true)
    }

    /// Also before it has said which process it is.
    private static func isRunning() -> Bool {
        guard let text = try? Files.readText(processFile, limit: 32), let process = Int32(text) else {
            return SystemClock.sinceBoot < .seconds(600)
        }
        return kill(process, 0) == 0
    }
}

/// One place for lines first, and another one from some moment on.
final class SwitchedOutput: LineOutput {
    private let first: any LineOutput
    private let then: any LineOutput
    private let isSwitched = Mutex(false)

    init(_ first: any LineOutput, _ then: any LineOutput) {
        self.first = first
        self.then = then
    }

    func line(_ text: String) { (isSwitched.withLock { $0 } ? then : first).line(text) }

    func change() { isSwitched.withLock { $0 = true } }
}
