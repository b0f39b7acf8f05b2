import ArgumentParser

struct GroupListCommand: ContextCommand {
    static let configuration = CommandConfiguration.command(
        "list", "List groups and the nodes in them.", examples: ["muster group list"])

    @OptionGroup var options: CommonOptions

    func run(in context: CommandContext) async throws {
        let list = try await options.client(in: context).groups()
        try options.write(list, in: context) { groupTable($0).render($1) }
    }
}
