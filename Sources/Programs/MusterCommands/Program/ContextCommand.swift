import ArgumentParser

/// A command of muster: parse, call, render. It reaches the world only through the context.
protocol ContextCommand: AsyncParsableCommand {
    func run(in context: CommandContext) async throws
}

extension ContextCommand {
    mutating func run() async throws { try await run(in: .system()) }
}

extension CommandConfiguration {
    /// The configuration of a command, its help ended by examples.
    ///
    /// - Parameter examples: Whole command lines, without the prompt.
    static func command(
        _ name: String, _ abstract: String, discussion: String = "", examples: [String],
        subcommands: [any ParsableCommand.Type] = []
    ) -> CommandConfiguration {
        let heading = examples.count == 1 ? "Example:" : "Examples:"
        let lines = examples.map { "  \($0)" }.joined(separator: "\n")
        let text = discussion.isEmpty ? "\(heading)\n\(lines)" : "\(discussion)\n\n\(heading)\n\(lines)"
        return CommandConfiguration(commandName: name, abstract: abstract, discussion: text, subcommands: subcommands)
    }
}
