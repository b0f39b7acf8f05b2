import ArgumentParser

struct LabExecCommand: ContextCommand {
    static let configuration = CommandConfiguration.command(
        "exec", "Run a program inside the lab's network.",
        examples: ["muster lab exec -- ip addr", "muster lab exec -- ssh root@10.88.0.11"])

    @OptionGroup var options: CommonOptions
    @Argument(parsing: .postTerminator, help: ArgumentHelp("The program and its arguments.", valueName: "command"))
    var command: [String]

    mutating func validate() throws {
        guard !command.isEmpty else { throw ValidationError("a command is missing: muster lab exec -- COMMAND …") }
    }

    func run(in context: CommandContext) async throws { try options.lab(in: context).become(command) }
}
