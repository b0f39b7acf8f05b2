import ArgumentParser
import Inventory
import MusterAPI

struct AttributeCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration.command(
        "attribute", "Say which attributes there are.", examples: ["muster attribute list 'net.*'"],
        subcommands: [AttributeListCommand.self])
}

struct AttributeListCommand: ContextCommand {
    static let configuration = CommandConfiguration.command(
        "list", "List the attributes that nodes and groups can have.",
        examples: ["muster attribute list", "muster attribute list 'net.*'"])

    @OptionGroup var options: CommonOptions
    @Argument(help: ArgumentHelp("Names of attributes; * stands for anything.", valueName: "attribute"))
    var attributes: [String] = []

    func run(in context: CommandContext) async throws {
        var list = try await options.client(in: context).attributeDefinitions()
        if !attributes.isEmpty {
            let all = list.definitions
            for name in attributes where !name.contains("*") && !all.contains(where: { covers($0.name, name) }) {
                _ = try AttributeRegistry.standard.attribute(name)
            }
            list.definitions = all.filter { definition in
                attributes.contains { wildcardMatches($0, definition.name) || covers(definition.name, $0) }
            }
        }
        try options.write(list, in: context) { definitionTable($0).render($1) }
    }
}

/// Whether a definition such as `net.<name>.mtu` is that of a name.
private func covers(_ definition: String, _ name: String) -> Bool {
    definition == name || AttributeRegistry.standard.find(name)?.definition.name == definition
}

/// Whether a text is of a pattern in which `*` stands for any run of characters.
func wildcardMatches(_ pattern: String, _ text: String) -> Bool {
    let parts = pattern.split(separator: "*", omittingEmptySubsequences: false)
    guard parts.count > 1, let first = parts.first, let last = parts.last else { return pattern == text }
    guard text.hasPrefix(first), text.hasSuffix(last), text.utf8.count >= first.utf8.count + last.utf8.count else {
        return false
    }
    var rest = text.dropFirst(first.count).dropLast(last.count)
    for part in parts.dropFirst().dropLast() where !part.isEmpty {
        guard let range = rest.firstRange(of: part) else { return false }
        rest = rest[range.upperBound...]
    }
    return true
}
