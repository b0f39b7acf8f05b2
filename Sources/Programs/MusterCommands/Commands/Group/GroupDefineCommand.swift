import ArgumentParser

struct GroupDefineCommand: ContextCommand {
    static let configuration = CommandConfiguration.command(
        "define", "Define new groups.",
        examples: ["muster group define compute net.ipv4_gateway=10.1.0.1 dns.servers=10.1.0.1"])

    @OptionGroup var options: CommonOptions
    @Argument(help: .groupNames) var groups: String
    @OptionGroup var arguments: Assignments

    func run(in context: CommandContext) async throws {
        let change = try await options.client(in: context).define(.group, groups, arguments.assignments)
        try options.write(change, in: context) { change, _ in changeText("defined", .group, change) }
    }
}
