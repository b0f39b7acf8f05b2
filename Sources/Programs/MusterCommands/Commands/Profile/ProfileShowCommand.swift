import ArgumentParser

struct ProfileShowCommand: ContextCommand {
    static let configuration = CommandConfiguration.command(
        "show", "Show a profile, and what is wrong with it.", examples: ["muster profile show debian-12"])

    @OptionGroup var options: CommonOptions
    @Argument(help: ArgumentHelp("Name of the profile.", valueName: "profile")) var profile: String

    func run(in context: CommandContext) async throws {
        let description = try await options.client(in: context).profile(profile)
        try options.write(description, in: context) { Array(profileText($0, $1).utf8) }
    }
}
