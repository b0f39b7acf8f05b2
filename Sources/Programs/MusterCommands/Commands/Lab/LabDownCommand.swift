import ArgumentParser

struct LabDownCommand: ContextCommand {
    static let configuration = CommandConfiguration.command(
        "down", "End a lab; nothing of it goes on running. Its state directory stays.", examples: ["muster lab down"])

    @OptionGroup var options: CommonOptions

    func run(in context: CommandContext) async throws {
        try await options.lab(in: context).down()
    }
}
