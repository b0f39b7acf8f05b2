import LinuxSystem
import MusterAPI
import MusterBase

/// All of the world that a command may touch: the process's own in the program, a scripted one in tests.
public struct CommandContext: Sendable {
    /// Results.
    public var output: any OutputSink
    /// Words for people.
    public var errors: any OutputSink
    public var terminal: Terminal
    public var clock: WallClock
    /// Seconds east of UTC at a time, in the time zone of whoever reads the output.
    public var zoneOffset: @Sendable (Timestamp) -> Int
    public var environment: [String: String]
    public var currentDirectory: String
    public var isRoot: Bool
    /// Whether something has that path.
    public var exists: @Sendable (String) -> Bool
    public var connect: @Sendable (ServerLocation) throws -> any OperatorService
    /// One line from standard input; nil at its end.
    public var readLine: @Sendable () -> String?
    public var tools: any ToolRunner
    /// Lets time pass.
    public var pause: @Sendable (Duration) async throws -> Void
    /// Directory of the running program, where its companions lie.
    public var programDirectory: String

    public init(
        output: any OutputSink, errors: any OutputSink, terminal: Terminal, clock: WallClock,
        zoneOffset: @escaping @Sendable (Timestamp) -> Int, environment: [String: String], currentDirectory: String,
        isRoot: Bool, exists: @escaping @Sendable (String) -> Bool,
        connect: @escaping @Sendable (ServerLocation) throws -> any OperatorService,
        readLine: @escaping @Sendable () -> String?, tools: any ToolRunner,
        pause: @escaping @Sendable (Duration) async throws -> Void, programDirectory: String
    ) {
        self.output = output
        self.errors = errors
        self.terminal = terminal
        self.clock = clock
        self.zoneOffset = zoneOffset
        self.environment = environment
        self.currentDirectory = currentDirectory
        self.isRoot = isRoot
        self.exists = exists
        self.connect = connect
        self.readLine = readLine
        self.tools = tools
        self.pause = pause
        self.programDirectory = programDirectory
    }

    /// Who works here, for people: root by sudo is the person before the keyboard.
    var userName: String {
        ["SUDO_USER", "USER", "LOGNAME"].lazy.compactMap { environment[$0] }.first { !$0.isEmpty }
            ?? (isRoot ? "root" : "unknown")
    }

    /// Says something to the person at the keyboard.
    func note(_ text: String) throws { try errors.writeLine(text) }
}
