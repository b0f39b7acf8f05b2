import ArgumentParser
import MusterAPI
import MusterBase
import NodeRange

struct ExpandCommand: ContextCommand {
    static let configuration = CommandConfiguration.command(
        "expand", "Print the nodes that a noderange stands for.",
        discussion: "Without a service that answers, names are taken as they stand and nothing is looked up.",
        examples: [
            "muster expand 'n[1-20:2],-n7'", "muster expand compute --count", "muster expand n1,n2,n3 --shorten",
        ])

    @OptionGroup var options: CommonOptions
    @Argument(help: .nodes) var nodes: String
    @Flag(help: "Print only how many there are.") var count = false
    @Flag(help: "Print them as one short expression.") var shorten = false

    func run(in context: CommandContext) async throws {
        // Read here first: what cannot be read is a fault of usage, whether or not a service answers.
        let expression = try NodeRange(nodes)
        let expansion = try await expand(expression, in: context)
        try options.write(expansion, in: context) { expansion, _ in Array(text(of: expansion).utf8) }
    }

    private func expand(_ expression: NodeRange, in context: CommandContext) async throws -> ExpandResponse {
        do {
            return try await options.client(in: context).expand(nodes, shorten: shorten)
        } catch let unreachable as MusterError where unreachable.code == .unavailable {
            let expansion = try expandAlone(expression, unreachable)
            try context.note(
                "muster: the service was not asked (\(unreachable.message)): '\(printable(nodes))' is taken as names")
            return expansion
        }
    }

    private func expandAlone(_ expression: NodeRange, _ unreachable: MusterError) throws -> ExpandResponse {
        do {
            let set = try expression.expand()
            return ExpandResponse(
                count: set.count, nodes: shorten ? [] : set.names, short: shorten ? set.description : nil)
        } catch {
            throw MusterError(
                error.code, "'\(nodes)' cannot be expanded without the service (\(unreachable.message))",
                advice: unreachable.advice, cause: error)
        }
    }

    private func text(of expansion: ExpandResponse) -> String {
        if count { return "\(expansion.count)\n" }
        if shorten { return (expansion.short ?? "") + "\n" }
        return expansion.nodes.isEmpty ? "" : expansion.nodes.joined(separator: "\n") + "\n"
    }
}
