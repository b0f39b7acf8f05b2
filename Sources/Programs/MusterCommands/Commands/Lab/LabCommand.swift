import ArgumentParser
import Lab
import MusterAPI
import MusterBase

struct LabCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration.command(
        "lab", "Virtual machines in an isolated network, to try deployments on.",
        discussion: """
            A lab has a state directory of its own: --state-dir, else MUSTER_STATE_DIR, else the usual one with \
            -lab at its \
            end. Give the same to the other commands to work with the lab's machines.
            """,
        examples: ["muster lab demo", "muster lab up --nodes 2", "muster lab console n1", "muster lab down"],
        subcommands: [
            LabDemoCommand.self, LabUpCommand.self, LabDownCommand.self, LabListCommand.self, LabConsoleCommand.self,
            LabResetCommand.self,
            LabExecCommand.self, LabSuperviseCommand.self,
        ])
}

extension CommonOptions {
    /// The lab's state directory. Never the one of the system's service, unless it was named.
    func labDirectory(in context: CommandContext) throws -> StateDirectory {
        let directory = try stateDirectory(in: context)
        let isSaid = stateDirectory != nil || !(context.environment["MUSTER_STATE_DIR"] ?? "").isEmpty
        return isSaid ? directory : StateDirectory(path: directory.path + "-lab")
    }

    func lab(in context: CommandContext) throws -> Lab {
        Lab(stateDirectory: try labDirectory(in: context).path, tools: context.tools)
    }
}
