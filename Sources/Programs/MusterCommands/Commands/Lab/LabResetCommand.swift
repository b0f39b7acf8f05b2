import ArgumentParser
import Lab

struct LabResetCommand: ContextCommand {
    static let configuration = CommandConfiguration.command(
        "reset", "Restart machines of a lab at once, as by their reset buttons; switch on those that are off.",
        examples: ["muster lab reset n1"])

    @OptionGroup var options: CommonOptions
    @Argument(help: ArgumentHelp("Names of machines.", valueName: "name")) var names: [String]

    func run(in context: CommandContext) async throws {
        let lab = try options.lab(in: context)
        for name in names { try await lab.requireMachine(name) }
        for name in names {
            let machines = try await lab.status()?.machines ?? []
            let isRunning = machines.first { $0.machine.name == name }?.state == .running
            _ = isRunning ? try await lab.reset(name) : try await lab.start(name)
            try context.note("\(isRunning ? "restarted" : "switched on") \(name)")
        }
    }
}
