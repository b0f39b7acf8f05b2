import ArgumentParser
import MusterAPI
import MusterBase

/// The options that every command has.
public struct CommonOptions: ParsableArguments {
    @Option(
        name: [.customShort("o"), .long], help: ArgumentHelp("Write results as text or json.", valueName: "format"))
    public var output: OutputFormat = .text

    @Option(help: ArgumentHelp("Socket of the service to talk to.", valueName: "path"))
    public var server: String?

    @Option(
        name: .customLong("state-dir"),
        help: ArgumentHelp("State directory; else MUSTER_STATE_DIR, else the usual place.", valueName: "directory"))
    public var stateDirectory: String?

    public init() {}

    func stateDirectory(in context: CommandContext) throws -> StateDirectory {
        try StateDirectory.resolve(
            option: stateDirectory, environment: context.environment, isRoot: context.isRoot,
            currentDirectory: context.currentDirectory)
    }

    /// Where the service is looked for.
    func server(in context: CommandContext) throws -> ServerLocation {
        if let server { return try ServerLocation(option: server, currentDirectory: context.currentDirectory) }
        let directory = try stateDirectory(in: context)
        let isUnsaid = stateDirectory == nil && context.environment["MUSTER_STATE_DIR"] == nil
        // An operator without a service of their own means the system's.
        if isUnsaid, !context.exists(directory.socket), context.exists(StateDirectory.standard.socket) {
            return ServerLocation(.standard)
        }
        return ServerLocation(directory)
    }

    func client(in context: CommandContext) throws -> any OperatorService {
        try context.connect(try server(in: context))
    }

    /// Writes a result in the form that was asked for.
    func write<Result: Encodable>(
        _ result: Result, in context: CommandContext, text: (Result, TextStyle) throws -> [UInt8]
    ) throws {
        switch output {
        case .text: try context.output.write(try text(result, context.terminal.outputStyle))
        case .json: try context.output.write(try MusterJSON.encode(result, pretty: true) + [UInt8(ascii: "\n")])
        }
    }
}
