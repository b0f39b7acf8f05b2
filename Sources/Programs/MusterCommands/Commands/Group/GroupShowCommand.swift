import ArgumentParser

struct GroupShowCommand: ContextCommand {
    static let configuration = CommandConfiguration.command(
        "show", "Show attributes of groups.",
        examples: ["muster group show compute", "muster group show compute 'net.*'"])

    @OptionGroup var options: CommonOptions
    @Argument(help: .groupNames) var groups: String
    @Argument(help: ArgumentHelp("Names of attributes; * stands for anything.", valueName: "attribute"))
    var attributes: [String] = []
    @Flag(help: "Also say where each value comes from, and the expression it was computed from.") var blame = false

    func run(in context: CommandContext) async throws {
        let list = try await options.client(in: context).attributes(.group, groups, attributes)
        try options.write(list, in: context) { AttributeTable(.group, $0, blame: blame).render($1) }
    }
}
