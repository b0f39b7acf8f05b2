import ArgumentParser

struct NodeSetCommand: ContextCommand {
    static let configuration = CommandConfiguration.command(
        "set", "Change attributes of nodes.",
        discussion: "All of them are changed, or none.",
        examples: ["muster node set n[1-4] groups+=gpu console.method=ipmi", "muster node set n1 net.mtu="])

    @OptionGroup var options: CommonOptions
    @Argument(help: .nodes) var nodes: String
    @OptionGroup var arguments: Assignments

    mutating func validate() throws {
        guard !arguments.assignments.isEmpty else { throw ValidationError("nothing to set: attr=value expected") }
    }

    func run(in context: CommandContext) async throws {
        let change = try await options.client(in: context).change(.node, nodes, arguments.assignments)
        try options.write(change, in: context) { change, _ in changeText("changed", .node, change) }
    }
}
