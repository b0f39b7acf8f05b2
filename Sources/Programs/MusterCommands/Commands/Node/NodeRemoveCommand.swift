import ArgumentParser

struct NodeRemoveCommand: ContextCommand {
    static let configuration = CommandConfiguration.command(
        "remove", "Remove nodes from the inventory.",
        discussion: "The machines themselves are left as they are. All of them are removed, or none.",
        examples: ["muster node remove n[37-40]"])

    @OptionGroup var options: CommonOptions
    @Argument(help: .nodes) var nodes: String

    func run(in context: CommandContext) async throws {
        let change = try await options.client(in: context).remove(.node, nodes)
        try options.write(change, in: context) { change, _ in changeText("removed", .node, change) }
    }
}
