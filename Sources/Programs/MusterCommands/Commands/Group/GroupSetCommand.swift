import ArgumentParser

struct GroupSetCommand: ContextCommand {
    static let configuration = CommandConfiguration.command(
        "set", "Change attributes of groups.", examples: ["muster group set compute dns.servers+=10.1.0.2"])

    @OptionGroup var options: CommonOptions
    @Argument(help: .groupNames) var groups: String
    @OptionGroup var arguments: Assignments

    mutating func validate() throws {
        guard !arguments.assignments.isEmpty else { throw ValidationError("nothing to set: attr=value expected") }
    }

    func run(in context: CommandContext) async throws {
        let change = try await options.client(in: context).change(.group, groups, arguments.assignments)
        try options.write(change, in: context) { change, _ in changeText("changed", .group, change) }
    }
}
