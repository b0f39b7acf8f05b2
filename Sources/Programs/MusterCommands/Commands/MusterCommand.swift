import ArgumentParser
import MusterBase

/// The root of the command tree.
struct MusterCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "muster",
        abstract: "Puts operating systems onto machines and keeps them as they were meant to be.",
        discussion: """
            Examples:
              muster init --site example
              muster node define n[1-4] groups=compute net.ipv4_address=10.1.0.{n1}/16
              muster deploy n[1-4] debian-12 --wait
              muster trace n1
            """,
        version: "muster \(MusterVersion.current)",
        groupedSubcommands: [
            CommandGroup(
                name: "Service", subcommands: [InitCommand.self, CheckCommand.self, VersionCommand.self]),
            CommandGroup(
                name: "Inventory",
                subcommands: [
                    NodeCommand.self, GroupCommand.self, AttributeCommand.self, ExpandCommand.self,
                    DiscoverCommand.self,
                ]),
            CommandGroup(
                name: "Deployment",
                subcommands: [
                    MediaCommand.self, ImageCommand.self, ProfileCommand.self, DeployCommand.self, StatusCommand.self,
                    TraceCommand.self,
                ]),
            CommandGroup(name: "Trying it out", subcommands: [LabCommand.self, SimulateCommand.self]),
        ])
}
