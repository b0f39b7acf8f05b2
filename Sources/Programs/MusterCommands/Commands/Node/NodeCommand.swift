import ArgumentParser

struct NodeCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration.command(
        "node", "Define, change and list nodes.",
        examples: [
            "muster node define n[1-40] groups=compute net.ipv4_address=10.1.0.{n1}/16",
            "muster node show n1 --blame",
        ],
        subcommands: [
            NodeDefineCommand.self, NodeSetCommand.self, NodeShowCommand.self, NodeListCommand.self,
            NodeRemoveCommand.self, NodeRecoveryKeyCommand.self,
        ])
}
