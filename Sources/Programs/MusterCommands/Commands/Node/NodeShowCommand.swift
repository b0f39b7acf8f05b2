import ArgumentParser

struct NodeShowCommand: ContextCommand {
    static let configuration = CommandConfiguration.command(
        "show", "Show attributes of nodes, as they are in effect.",
        examples: [
            "muster node show n1", "muster node show n[1-4] net.ipv4_address", "muster node show n1 'net.*' --blame",
        ])

    @OptionGroup var options: CommonOptions
    @Argument(help: .nodes) var nodes: String
    @Argument(help: ArgumentHelp("Names of attributes; * stands for anything.", valueName: "attribute"))
    var attributes: [String] = []
    @Flag(help: "Also say where each value comes from, and the expression it was computed from.") var blame = false

    func run(in context: CommandContext) async throws {
        let list = try await options.client(in: context).attributes(.node, nodes, attributes)
        try options.write(list, in: context) { AttributeTable(.node, $0, blame: blame).render($1) }
    }
}
