import ArgumentParser

struct LabConsoleCommand: ContextCommand {
    static let configuration = CommandConfiguration.command(
        "console", "Connect this terminal to the serial console of a lab's machine; Ctrl-] leaves.",
        examples: ["muster lab console n1", "muster lab console n1 --log"])

    @OptionGroup var options: CommonOptions
    @Argument(help: ArgumentHelp("Name of the machine.", valueName: "name")) var name: String
    @Flag(help: "Print what it has said so far instead.") var log = false

    func run(in context: CommandContext) async throws {
        let lab = try options.lab(in: context)
        // What a lab said that is gone by a fault can still be read.
        let text = log ? (try? lab.consoleText(name)) ?? "" : ""
        if text.isEmpty { try await lab.requireMachine(name) }
        guard !log else { return try context.output.write(text) }
        if context.terminal.errorIsTerminal { try context.note("console of \(name); Ctrl-] leaves") }
        try lab.attachConsole(name)
    }
}
