import ArgumentParser
import MusterAPI

struct NodeRecoveryKeyCommand: ContextCommand {
    static let configuration = CommandConfiguration.command(
        "recovery-key", "Show the keys that open a node's encrypted disk without its TPM.",
        discussion: """
            The newest first. A machine whose TPM was replaced, or whose firmware has other settings than when it was \
            installed, asks for one at its console.
            """,
        examples: ["muster node recovery-key n1"])

    @OptionGroup var options: CommonOptions
    @Argument(help: ArgumentHelp("Name of one node.", valueName: "node")) var node: String

    mutating func validate() throws { try checkNodeName(node, for: "recovery-key") }

    func run(in context: CommandContext) async throws {
        let list = try await options.client(in: context).recoveryKeys(node)
        try options.write(list, in: context) { list, style in
            var table = TextTable([.init("KEY"), .init("VOLUME"), .init("SINCE"), .init("DEPLOYMENT")])
            for key in list.keys {
                table.add([.init(key.key), .init(key.volume), .init("\(key.time)"), .init(key.deployment)])
            }
            return table.render(style)
        }
    }
}
