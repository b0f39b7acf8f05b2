import ArgumentParser

/// The reference of all commands, made from their own help: docs/reference/commands.md.
package enum CommandReference {
    package struct Entry: Sendable {
        /// The words behind `muster`.
        package var path: [String]
        package var help: String
    }

    /// The root and all commands that are not hidden, in the order of their help.
    package static var entries: [Entry] { entries(of: MusterCommand.self, []) }

    private static func entries(of command: any ParsableCommand.Type, _ path: [String]) -> [Entry] {
        let help = MusterCommand.helpMessage(for: command, columns: 80)
        let children = command.configuration.subcommands.filter { $0.configuration.shouldDisplay }
        return [Entry(path: path, help: help)]
            + children.flatMap { entries(of: $0, path + [$0.configuration.commandName ?? ""]) }
    }

    package static var markdown: String {
        var text = """
            # Commands

            Made from the commands' own help by the tests of MusterCommands: `UPDATE_GOLDEN=1` writes it anew.

            All commands write results to standard output and words for people to standard error. They end with 0 when
            all was done, 1 when it failed, also in part (each node that failed is named), 64 when the command line is
            wrong, 130 after Ctrl-C. `--output json` writes one document: keys in snake_case, times in RFC 3339.

            """
        for entry in entries {
            let name = (["muster"] + entry.path).joined(separator: " ")
            text += "\n\(entry.path.count > 1 ? "###" : "##") \(name)\n\n```\n\(entry.help)\n```\n"
        }
        return text
    }
}
