import ArgumentParser

struct StatusCommand: ContextCommand {
    static let configuration = CommandConfiguration.command(
        "status", "Say how nodes stand: state, profile, what they run, and what is the matter.",
        discussion: "An image in parentheses is what the node is to run; without them, what it says it runs.",
        examples: ["muster status", "muster status 'compute,-n7'", "muster status n1 --output json"])

    @OptionGroup var options: CommonOptions
    @Argument(help: ArgumentHelp("Noderange; without one, all nodes.", valueName: "nodes")) var nodes: String?

    func run(in context: CommandContext) async throws {
        let list = try await options.client(in: context).status(nodes)
        let now = context.clock.now()
        try options.write(list, in: context) { StatusView($0, at: now).render($1) }
    }
}
