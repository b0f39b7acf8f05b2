import ArgumentParser
import Inventory
import MusterBase

/// Finds a word on a command line that should be a command and is none: the parser would only count it as an argument
/// too many.
enum UnknownCommand {
    /// - Throws: ``MusterError`` with code `invalidInput` that names the commands which are like it.
    static func refuse(in arguments: [String]) throws(MusterError) {
        var command: any ParsableCommand.Type = MusterCommand.self
        var path = ["muster"]
        for word in arguments {
            let children = command.configuration.subcommands
            guard !children.isEmpty, !word.hasPrefix("-"), path.count > 1 || word != "help" else { return }
            guard let child = children.first(where: { $0.configuration.commandName == word }) else {
                throw error(word, path, children.filter { $0.configuration.shouldDisplay })
            }
            command = child
            path.append(word)
        }
    }

    private static func error(
        _ word: String, _ path: [String], _ children: [any ParsableCommand.Type]
    ) -> MusterError {
        let before = path.joined(separator: " ")
        let letters = Array(word.prefix(40).utf8)
        var close: [String] = []
        var best = Int.max
        for child in children {
            guard let name = child.configuration.commandName else { continue }
            let distance = editDistance(letters, Array(name.utf8))
            guard distance <= best, distance <= max(1, name.utf8.count / 2) else { continue }
            if distance < best { close = [] }
            best = distance
            close.append(name)
        }
        let hint =
            close.isEmpty
            ? "" : "; did you mean \(close.map { "'\(before) \($0)'" }.joined(separator: " or "))?"
        return MusterError(
            .invalidInput, "there is no command '\(before) \(word.prefix(80))'\(hint)",
            advice: "see '\(before) --help' for the commands there are")
    }
}
