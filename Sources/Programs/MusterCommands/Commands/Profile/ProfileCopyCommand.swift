import ArgumentParser
import MusterBase
import Profiles

struct ProfileCopyCommand: ContextCommand {
    static let configuration = CommandConfiguration.command(
        "copy", "Make a profile that has all that another one has.",
        discussion: """
            Settings, answers, scripts with their modes, and links. The boot files are written for the new name. What is \
            changed in the one from then on does not change the other.
            """,
        examples: ["muster profile copy trixie trixie-test"])

    @OptionGroup var options: CommonOptions
    @Argument(help: ArgumentHelp("Name of a profile.", valueName: "from")) var from: String
    @Argument(help: ArgumentHelp("Name of the new profile.", valueName: "to")) var to: String

    /// The document that `--output json` writes.
    struct Report: Encodable {
        var name: String
        var from: String
        var directory: String
    }

    func run(in context: CommandContext) async throws {
        let state = try options.stateDirectory(in: context)
        let store = try ProfileStore(publicDirectory: state.publicDirectory)
        // What is chosen here is not removed before something points at it.
        let held = try state.images.hold()
        defer { held?.release() }
        _ = try store.copy(from, to: to)
        try Ownership.settle(state)
        try options.write(Report(name: to, from: from, directory: store.path(to)), in: context) { report, _ in
            Array("made profile \(report.name) (as \(report.from)) in \(report.directory)\n".utf8)
        }
    }
}
