import ArgumentParser

struct GroupRemoveCommand: ContextCommand {
    static let configuration = CommandConfiguration.command(
        "remove", "Remove groups; the nodes in them stay.", examples: ["muster group remove old,older"])

    @OptionGroup var options: CommonOptions
    @Argument(help: .groupNames) var groups: String

    func run(in context: CommandContext) async throws {
        let change = try await options.client(in: context).remove(.group, groups)
        try options.write(change, in: context) { change, _ in changeText("removed", .group, change) }
    }
}
