import ArgumentParser
import DeploymentModel
import Images
import MusterAPI
import MusterBase

struct ImageNodesCommand: ContextCommand {
    static let configuration = CommandConfiguration.command(
        "nodes", "Say which nodes run an image, by what they report themselves.",
        discussion: "A node that does not report any more is shown with what it reported last.",
        examples: ["muster image nodes debian-12", "muster image nodes debian-12@7"])

    @OptionGroup var options: CommonOptions
    @Argument(help: ArgumentHelp("A name for all of its versions, or NAME@VERSION.", valueName: "image"))
    var image: String

    /// The document that `--output json` writes.
    struct Report: Encodable {
        struct Node: Encodable {
            var node: String
            /// `NAME@VERSION`.
            var image: String
            /// Whether it reported within the last time that it should have.
            var alive: Bool
            var lastHeartbeat: Timestamp?
        }

        var nodes: [Node]
    }

    mutating func validate() throws {
        guard ImageReference(image) != nil || ImageReference.isValidName(image) else {
            throw ValidationError("'\(image)' is no image: NAME or NAME@VERSION")
        }
    }

    func run(in context: CommandContext) async throws {
        let list = try await options.client(in: context).status(nil)
        let report = Report(
            nodes: list.nodes.compactMap { status in
                guard let running = status.running, running.name == image || running.description == image else {
                    return nil
                }
                return .init(
                    node: status.node, image: "\(running)", alive: status.alive, lastHeartbeat: status.lastHeartbeat)
            })
        if report.nodes.isEmpty { try context.note("no node reports that it runs \(image)") }
        try options.write(report, in: context) { report, style in
            var table = TextTable([.init("NODE"), .init("IMAGE"), .init("ALIVE")])
            for node in report.nodes {
                table.add([.init(node.node), .init(node.image), .init(node.alive ? "yes" : "no")])
            }
            return table.render(style)
        }
    }
}
