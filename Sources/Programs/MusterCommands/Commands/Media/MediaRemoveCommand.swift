import ArgumentParser
import Media
import MusterBase
import Profiles

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
        // Kept for machines that were loading it when their profile was led to another one.
        _ = try ProfileStore(publicDirectory: state.publicDirectory).releaseFormerMedium(medium)
        let freed = try state.media.remove(medium, profiles: state.profileDirectories)
        try options.write(Report(name: medium, freed: freed), in: context) { report, _ in
            Array("removed \(report.name), \(sizeText(report.freed)) free again\n".utf8)
        }
    }
}
