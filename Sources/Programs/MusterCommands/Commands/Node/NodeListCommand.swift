import ArgumentParser

struct NodeListCommand: ContextCommand {
    static let configuration = CommandConfiguration.command(
        "list", "List nodes.", examples: ["muster node list", "muster node list 'compute,-n7' --output json"])

    @OptionGroup var options: CommonOptions
    @Argument(help: ArgumentHelp("Noderange; without one, all nodes.", valueName: "nodes")) var nodes: String?

    func run(in context: CommandContext) async throws {
        let list = try await options.client(in: context).nodes(nodes)
        try options.write(list, in: context) { nodeTable($0).render($1) }
    }
}
