import DeploymentModel
import LinuxSystem
import MusterBase

/// Runs commands in the built tree of an image, in a container that looks like a machine that runs it.
public struct ImageExecutor: Sendable {
    let stateDirectory: String
    let tools: any ToolRunner
    let temporaryDirectory: String?
    private let foreground: Foreground
    private let clock: WallClock

    /// Runs a program with the caller's own standard input and output, in an environment that holds nothing of the
    /// caller's, and returns what it ended with.
    public typealias Foreground =
        @Sendable (Tool, _ arguments: [String], _ environment: [String: String]) async throws -> Int32

    /// What to run, and how.
    public struct Request: Sendable {
        /// The program and its arguments; empty for a shell.
        public var command: [String]
        public var binds: [BindMount] = []
        /// Added to the program's environment.
        public var environment: [String: String] = [:]
        /// Throws away what the command changes.
        public var discards = false
        /// Keeps what a command changed that failed.
        public var keepsFailed = false
        public var hasTerminal = false

        public init(command: [String]) { self.command = command }
    }

    /// What became of the tree.
    public enum Outcome: Sendable, Hashable {
        /// The changed tree is in the place of the old one.
        case changed
        /// The command changed nothing.
        case unchanged
        /// The changes were thrown away.
        case discarded
    }

    public struct Result: Sendable, Hashable {
        /// What the command ended with.
        public let exitCode: Int32
        public let outcome: Outcome
    }

    /// - Parameters:
    ///   - temporaryDirectory: For the tree while the command runs; nil for `$TMPDIR`, or `/tmp`.
    ///   - foreground: nil for the system's.
    public init(
        stateDirectory: String, tools: any ToolRunner, temporaryDirectory: String? = nil, clock: WallClock,
        foreground: Foreground? = nil
    ) {
        self.stateDirectory = stateDirectory
        self.tools = tools
        self.temporaryDirectory = temporaryDirectory
        self.clock = clock
        self.foreground =
            foreground ?? { tool, arguments, environment in
                try await ForegroundProgram.run(
                    tool, arguments, environment: environment, receiver: SandboxProcess.command(of:))
            }
    }

    /// Runs a command in the tree of an image. The old tree stays until the new one is whole: what is killed half-way
    /// changes nothing.
    ///
    /// - Parameter progress: Called with what is being done before and after the command, and the share of it that is
    ///   done; with nil when the command has the terminal.
    /// - Throws: ``MusterError``: `notFound` without a tree, `unsupported` when this host lets the caller make no
    ///   container, `conflict` when the image is being worked on already, `cancelled` when the task was cancelled.
    public func execute(
        _ name: String, _ request: Request,
        progress: @escaping @Sendable (_ doing: String?, _ share: Double) -> Void = { _, _ in }
    ) async throws -> Result {
        let directory = BuiltTree.directory(stateDirectory: stateDirectory, name: name)
        guard ImageReference.isValidName(name) else {
            throw MusterError(.invalidInput, "'\(name)' cannot name an image")
        }
        _ = try BuiltTree.read(directory: directory, name: name)
        for bind in request.binds { try bind.check() }
        let lock = try FileLock(in: directory, doing: "building, changing or packing the image \(name)")
        defer { lock.release() }
        let built = try BuiltTree.read(directory: directory, name: name)
        try built.removeOtherArchives(directory: directory)
        // Says by itself what to install when there is none.
        _ = try await tools.check(.bubblewrap, ["--version"], doing: "looking for bubblewrap")
        // Asked at the end, when it would be a pity.
        if built.packages != nil { _ = try await tools.check(.rpm, ["--version"], doing: "looking for rpm") }
        let runner = try await TreeRunner.find(tools)
        _ = try await BuildWorkspace.removeLeftovers(in: directory, tools: tools)
        let workspace = try BuildWorkspace(
            in: directory, temporaryDirectory: temporaryDirectory ?? ImageBuilder.standardTemporaryDirectory)
        // Also when the task was cancelled: no program could be run by it any more.
        func clear() async { await Task { await workspace.remove(tools: tools) }.value }
        do {
            let work = TreeWork(
                built: built, directory: directory, workspace: workspace, runner: runner, foreground: foreground,
                clock: clock, progress: progress)
            let result = try await work.carryOut(request)
            await clear()
            return result
        } catch {
            await clear()
            throw error
        }
    }
}
