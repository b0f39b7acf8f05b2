import ArgumentParser
import MusterAPI
import MusterBase

struct DiscoverAssignCommand: ContextCommand {
    static let configuration = CommandConfiguration.command(
        "assign", "Make a discovered machine a node.",
        discussion: "Its MAC address and UUID go to the node, which is defined when it is not there yet.",
        examples: ["muster discover assign 52:54:00:12:34:56 n1 groups=compute"])

    @OptionGroup var options: CommonOptions
    @Argument(help: ArgumentHelp("MAC address or UUID, as muster discover list shows it.", valueName: "machine"))
    var machine: String
    @Argument(help: ArgumentHelp("Name of the node.", valueName: "node")) var node: String
    @OptionGroup var arguments: Assignments

    mutating func validate() throws { try validateMachine(machine) }

    func run(in context: CommandContext) async throws {
        let change = try await options.client(in: context).assign(
            DiscoveryAssignment(machine: machine, node: node, assignments: arguments.assignments))
        try options.write(change, in: context) { change, _ in
            Array("\(machine) is \(change.names.joined(separator: ", ")) now\n".utf8)
        }
    }
}

/// Refuses what names no machine.
func validateMachine(_ text: String) throws {
    guard MACAddress(text) != nil || MachineUUID(text) != nil else {
        throw ValidationError("'\(text)' is neither a MAC address (52:54:00:12:34:56) nor a UUID")
    }
}
