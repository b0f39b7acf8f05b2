import ArgumentParser

struct NodeDefineCommand: ContextCommand {
    static let configuration = CommandConfiguration.command(
        "define", "Define new nodes.",
        discussion: "All of them are defined, or none. A value with braces is an expression, computed for each node.",
        examples: [
            "muster node define n1 net.hwaddr=52:54:00:12:34:56 groups=compute",
            "muster node define n[1-40] groups=compute net.ipv4_address=10.1.0.{n1}/16",
        ])

    @OptionGroup var options: CommonOptions
    @Argument(help: .nodes) var nodes: String
    @OptionGroup var arguments: Assignments

    func run(in context: CommandContext) async throws {
        let change = try await options.client(in: context).define(.node, nodes, arguments.assignments)
        try options.write(change, in: context) { change, _ in changeText("defined", .node, change) }
    }
}
