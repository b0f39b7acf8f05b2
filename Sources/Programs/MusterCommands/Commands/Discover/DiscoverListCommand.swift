import ArgumentParser

struct DiscoverListCommand: ContextCommand {
    static let configuration = CommandConfiguration.command(
        "list", "List the machines, the newest first.", examples: ["muster discover list"])

    @OptionGroup var options: CommonOptions

    func run(in context: CommandContext) async throws {
        var list = try await options.client(in: context).discoveries()
        list.machines.sort { $0.lastSeen > $1.lastSeen }
        let now = context.clock.now()
        try options.write(list, in: context) { discoveryTable($0, at: now).render($1) }
    }
}
