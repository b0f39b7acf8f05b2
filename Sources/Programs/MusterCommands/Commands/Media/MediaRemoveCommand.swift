import ArgumentParser
import Media
import MusterBase

struct MediaRemoveCommand: ContextCommand {
    static let configuration = CommandConfiguration.command(
        "remove", "Remove a medium that no profile points to.",
        discussion: "What other media have of its files stays.",
        examples: ["muster media remove rocky-9.4-x86_64"])

    @OptionGroup var options: CommonOptions
    @Argument(help: ArgumentHelp("Name of a medium.", valueName: "medium")) var medium: String

    /// The document that `--output json` writes.
    struct Report: Encodable {
        var name: String
        /// Octets that are free again.
        var freed: Int64
    }

    func run(in context: CommandContext) async throws {
        let state = try options.stateDirectory(in: context)
        let freed = try state.media.remove(
            medium, profiles: [state.profilesDirectory, "\(state.privateDirectory)/os"])
        try options.write(Report(name: medium, freed: freed), in: context) { report, _ in
            Array("removed \(report.name), \(sizeText(report.freed)) free again\n".utf8)
        }
    }
}
