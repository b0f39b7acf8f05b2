import DeploymentModel
import LinuxSystem
import MusterAPI
import MusterBase
import NIOPosix
import Synchronization

/// One stage: scripts of the profile, fetched over TLS, verified, and run one after the other.
struct ScriptStage: Sendable {
    /// Whom the scripts run for; they find it in their environment.
    struct Purpose: Sendable {
        var node: String
        var profile: String
        /// Nil where an installer puts the system on the disk.
        var image: ImageReference?
    }

    /// The name of the stage and of its step: ``Step/onboot``, ….
    let name: String
    let scripts: [StageScript]
    let purpose: Purpose
    let pool: MemberPool
    let reporter: EventReporter
    /// Runs a script that lies in ``directory``.
    let runner: any ToolRunner

    /// Where the scripts are put: in memory, which has the same path in the roots that an installation works in. Of a
    /// system that starts from a disk /run takes no programs.
    var directory = "/run/muster-agent/scripts"

    /// The system is on a disk: what the scripts did has reached it before they are said to be done. Otherwise a machine
    /// that loses its power soon after would have neither the work nor a reason to do it again.
    var isLasting = false

    /// Runs all scripts. Throws at the first that fails, with its last words.
    func run() async throws {
        guard !scripts.isEmpty else { return }
        let number = "\(scripts.count) \(name) script\(scripts.count == 1 ? "" : "s")"
        await reporter.record(name, .started, "running \(number)")
        try Files.createDirectory(FilePathText.parent(of: directory), mode: 0o700)
        try Files.createDirectory(directory, mode: 0o700)
        for script in scripts {
            let path = try await fetch(script)
            try await run(script, at: path)
        }
        if isLasting {
            try await NIOThreadPool.singleton.runIfActive { try AtomicFile.syncFileSystem(of: "/") }
        }
        await reporter.record(name, .done, "\(number) done")
    }

    private func fetch(_ script: StageScript) async throws -> String {
        guard IdentityFiles.isWord(script.name) else {
            throw MusterError(.invalidInput, "the script name '\(script.name)' cannot be a file name")
        }
        let path = directory + "/" + script.name
        try AtomicFile.write(
            try await ProfileFiles(pool: pool, reporter: reporter, step: name).content(of: script), to: path,
            mode: 0o700)
        return path
    }

    private func run(_ script: StageScript, at path: String) async throws {
        let (lines, line) = AsyncStream.makeStream(of: String.self, bufferingPolicy: .bufferingOldest(500))
        let teller = Task {
            for await text in lines {
                await reporter.record(name, .progress, "\(script.name): \(text.prefix(400))")
            }
        }
        let dropped = DropCount()
        let tool = Tool(script.name, candidates: [path], package: nil)
        var environment = [
            "MUSTER_NODE": purpose.node, "MUSTER_PROFILE": purpose.profile, "MUSTER_STAGE": name,
        ]
        environment["MUSTER_IMAGE"] = purpose.image?.description
        let options = ToolOptions(
            environment: environment, workingDirectory: "/", outputLimit: 64 << 10,
            onOutputLine: { if case .dropped = line.yield($0) { dropped.add() } }, ownProcessGroup: true)
        let outcome: Result<ToolResult, any Error>
        do {
            outcome = .success(
                try await runner.check(tool, [], options, doing: "running the \(name) script \(script.name)"))
        } catch {
            outcome = .failure(error)
        }
        line.finish()
        await teller.value
        if dropped.value > 0 {
            await reporter.record(
                name, .progress, "\(script.name): \(dropped.value) further lines are not shown")
        }
        _ = try outcome.get()
    }
}

/// Lines that came faster than they could be told.
private final class DropCount: Sendable {
    private let count = Mutex(0)
    func add() { count.withLock { $0 += 1 } }
    var value: Int { count.withLock { $0 } }
}
