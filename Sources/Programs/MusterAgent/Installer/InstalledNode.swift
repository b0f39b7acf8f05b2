import DeploymentModel
import LinuxSystem
import MusterAPI
import MusterBase

/// What makes a system that an installer has put on a disk into this node: its keys, the agent, the profile's files and
/// scripts, and its place in the firmware's order.
struct InstalledNode: Sendable {
    let session: SiteSession
    let enrolment: Enrolment
    let configuration: NodeConfiguration
    /// Where the installed system is mounted.
    let target: String
    /// The path of the disk, where it is known.
    let disk: String?

    private var reporter: EventReporter { session.steps.reporter }

    /// - Parameters:
    ///   - changes: what belongs to this family of systems beyond the rest.
    ///   - isBootEntry: whether the installer gave the firmware's boot entry of that name.
    ///   - finish: does what is left in the system when the agent has written its files.
    func make(
        _ changes: [RootChange], isBootEntry: (String) -> Bool,
        finish: (ForeignRoot) async throws -> Void = { _ in }
    ) async throws {
        let system = ForeignRoot(at: target, name: "the installed system")
        try await session.runOnce(
            Step.identity, doing: "writing the accounts of \(configuration.node), and the agent", check: "the disk"
        ) {
            try await write(changes, to: system.tree)
            return StepResult((), "root's keys, known hosts and the agent are on the disk")
        }
        try await session.certify(configuration, enrolment, in: system.tree)
        await mark()
        let isUEFI = session.facts.firmware == "uefi"
        if isUEFI { try FirmwareManager.showVariables() }
        try system.attach()
        defer { system.detach() }
        try await finish(system)
        if isUEFI { await orderBoot(FirmwareManager(system: system), isBootEntry) }
        try await bringFiles(to: system)
        try await session.runScripts(
            Step.post, configuration.install?.postScripts ?? [], of: configuration, by: system)
        try await session.runOnce(Step.staged, doing: "bringing all to the disk", check: "the disk") {
            try AtomicFile.syncFileSystem(of: target)
            return StepResult((), "installed from \(configuration.system); starting from the disk")
        }
        _ = await reporter.flush(within: .seconds(60))
    }

    /// The paths of what ``make(_:isBootEntry:finish:)`` writes, for those who label files.
    static let written = [
        "/root/.ssh", "/etc/ssh", "/etc/shadow", "/etc/muster", "/etc/systemd/system", "/usr/lib/muster",
        AgentState.diskDirectory,
    ]

    private func write(_ changes: [RootChange], to tree: RootTree) async throws {
        let files = IdentityFiles(
            configuration: configuration, boot: session.network, machineIdentifier: "", isInstalled: true)
        try tree.apply(AccessFiles(configuration: configuration).changes(in: tree) + files.language + changes)
        try AgentFiles.install(in: tree)
        var events = EventQueue()
        // Far above the numbers of this boot's events.
        events.skip(1_000_000)
        let state = AgentState(
            key: enrolment.key, configuration: configuration, members: await session.pool.all.map(\.name),
            events: events)
        try state.save(in: target + AgentState.diskDirectory)
    }

    /// Before the scripts of the stage `post`.
    private func bringFiles(to system: ForeignRoot) async throws {
        guard configuration.work?.hasFiles == true else { return }
        try await session.runOnce(
            Step.post, doing: "bringing the files of the profile to the disk",
            check: "syncfiles in the profile \(configuration.profile)"
        ) {
            try await FileSync(
                name: Step.post, pool: session.pool, key: enrolment.key, reporter: reporter, root: system.path
            ).run()
            return StepResult((), "the files of the profile are on the disk")
        }
    }

    private func mark() async {
        guard let disk else { return }
        do {
            try DiskMark.put(on: disk)
        } catch {
            await reporter.record(
                Step.disk, .progress,
                "\(disk) cannot be marked, and the next installation will take it for somebody else's: \(error)")
        }
    }

    /// The installer made its own entry the first: a node would not come over the network again.
    private func orderBoot(_ manager: FirmwareManager, _ isBootEntry: (String) -> Bool) async {
        do {
            let before = try await manager.order()
            guard let own = before.entries.first(where: { isBootEntry($0.value) })?.key else { return }
            try await manager.set(before.orderBehindCurrent(own))
            await reporter.record(
                Step.bootLoader, .progress, "the network comes first in the firmware's order, and the disk behind it")
        } catch {
            await reporter.record(Step.bootLoader, .progress, "the firmware's boot order stays as it is: \(error)")
        }
    }
}
