import ArgumentParser
import Lab

/// Process 1 of a lab, started by `muster lab up`.
struct LabSuperviseCommand: ContextCommand {
    static let configuration = CommandConfiguration(
        commandName: "supervise", abstract: "Run a lab from inside.", shouldDisplay: false)

    @OptionGroup var options: CommonOptions

    func run(in context: CommandContext) async throws {
        let state = try options.labDirectory(in: context)
        try LabSupervisor.run(try LabConfiguration.load(stateDirectory: state.path))
    }
}
