import ArgumentParser
import MusterAPI

struct DiscoverForgetCommand: ContextCommand {
    static let configuration = CommandConfiguration.command(
        "forget", "Take machines off the list; one that tries again comes back.",
        examples: ["muster discover forget 52:54:00:12:34:56", "muster discover forget --all"])

    @OptionGroup var options: CommonOptions
    @Argument(help: ArgumentHelp("MAC addresses or UUIDs.", valueName: "machine")) var machines: [String] = []
    @Flag(help: "Forget all machines.") var all = false

    mutating func validate() throws {
        guard all != !machines.isEmpty else { throw ValidationError("machines or --all expected, and not both") }
        for machine in machines { try validateMachine(machine) }
    }

    func run(in context: CommandContext) async throws {
        let client = try options.client(in: context)
        if all { try await client.forgetDiscovery(nil) }
        for machine in machines { try await client.forgetDiscovery(machine) }
        try options.write(ChangeResponse(names: machines), in: context) { _, _ in
            Array((all ? "forgot all machines\n" : "forgot \(machines.joined(separator: ", "))\n").utf8)
        }
    }
}
