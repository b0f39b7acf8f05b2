import ArgumentParser

struct ProfileListCommand: ContextCommand {
    static let configuration = CommandConfiguration.command(
        "list", "List profiles and the image that each gives.", examples: ["muster profile list"])

    @OptionGroup var options: CommonOptions

    func run(in context: CommandContext) async throws {
        let list = try await options.client(in: context).profiles()
        try options.write(list, in: context) { profileTable($0).render($1) }
    }
}
