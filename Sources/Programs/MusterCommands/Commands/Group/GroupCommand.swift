import ArgumentParser

struct GroupCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration.command(
        "group", "Define, change and list groups of nodes.",
        discussion:
            "A group lends its attributes to its nodes. Which groups a node is in stands in its attribute groups.",
        examples: ["muster group define compute dns.domain=cluster.example", "muster group list"],
        subcommands: [
            GroupDefineCommand.self, GroupSetCommand.self, GroupShowCommand.self, GroupListCommand.self,
            GroupRemoveCommand.self,
        ])
}
