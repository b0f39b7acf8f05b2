import ArgumentParser
import MusterAPI
import MusterBase

struct TraceCommand: ContextCommand {
    static let configuration = CommandConfiguration.command(
        "trace", "Show what happened in a node's deployment, step by step.",
        discussion: """
            Each step has the time of day at which it began, the seconds since the first event, which is mostly that \
            the node was armed, how long it took, and who saw it. "After its kernel started" counts by the machine's \
            own clock, without its firmware and loader.
            """,
        examples: ["muster trace n1", "muster trace n1 --follow"])

    @OptionGroup var options: CommonOptions
    @Argument(help: ArgumentHelp("Name of one node.", valueName: "node")) var node: String
    @Option(help: ArgumentHelp("An earlier deployment.", valueName: "id")) var deployment: String?
    @Flag(name: .shortAndLong, help: "Go on until the deployment is over.") var follow = false

    mutating func validate() throws {
        try checkNodeName(node, for: "trace")
        if follow, options.output == .json { throw ValidationError("--follow writes text, not JSON") }
        if follow, deployment != nil { throw ValidationError("--follow is of the newest deployment: no --deployment") }
    }

    func run(in context: CommandContext) async throws {
        let client = try options.client(in: context)
        if follow { return try await TraceFollowing(client, node).run(in: context) }
        let trace = try await client.trace(node, deployment: deployment)
        let now = context.clock.now()
        try options.write(trace, in: context) {
            TraceView($0, at: now, zoneOffset: context.zoneOffset).render($1)
        }
    }
}

/// Prints a trace as it grows.
private struct TraceFollowing {
    private let client: any OperatorService
    private let node: String

    init(_ client: any OperatorService, _ node: String) {
        self.client = client
        self.node = node
    }

    func run(in context: CommandContext) async throws {
        let style = context.terminal.outputStyle
        var rows = TraceRows()
        var seen = 0
        var shown: String?
        while true {
            // The revision first: what happens between the two calls is then not missed.
            let revision = try await client.status(node).revision
            let trace = try await client.trace(node, deployment: nil)
            let view = TraceView(trace, at: context.clock.now(), zoneOffset: context.zoneOffset)
            if shown != trace.deployment.id {
                (rows, seen, shown) = (TraceRows(), 0, trace.deployment.id)
                try context.output.writeLine(view.head(style))
            }
            for event in trace.events.dropFirst(seen) {
                if let row = rows.add(event) { try context.output.writeLine(view.line(row, style)) }
            }
            seen = trace.events.count
            if trace.deployment.state.isOver { return try context.output.write(view.ending(style)) }
            _ = try await client.status(node, after: revision, wait: 30)
        }
    }
}
