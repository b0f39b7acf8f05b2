import ArgumentParser

struct DiscoverCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration.command(
        "discover", "Machines that tried to boot and that nobody has defined.",
        examples: ["muster discover list", "muster discover assign 52:54:00:12:34:56 n1"],
        subcommands: [DiscoverListCommand.self, DiscoverAssignCommand.self, DiscoverForgetCommand.self])
}
