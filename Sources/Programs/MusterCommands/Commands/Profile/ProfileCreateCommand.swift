import ArgumentParser
import MusterBase
import Profiles

struct ProfileCreateCommand: ContextCommand {
    static let configuration = CommandConfiguration.command(
        "create", "Make a profile that runs an image.",
        discussion: "An image without a version: the profile follows the latest one. Its directory is yours to edit.",
        examples: ["muster profile create debian-12 debian-12", "muster profile create stable debian-12@7"])

    @OptionGroup var options: CommonOptions
    @Argument(help: ArgumentHelp("Name of the new profile.", valueName: "profile")) var profile: String
    @Argument(help: ArgumentHelp("NAME, or NAME@VERSION to stay with that version.", valueName: "image"))
    var image: String

    /// The document that `--output json` writes.
    struct Report: Encodable {
        var name: String
        var directory: String
        var image: String
    }

    func run(in context: CommandContext) async throws {
        let state = try options.stateDirectory(in: context)
        let store = try ProfileStore(publicDirectory: state.publicDirectory)
        let created = try store.createFromImage(profile, image: image) { try state.requireSigned($0, in: context) }
        try Ownership.settle(state)
        let report = Report(
            name: profile, directory: store.path(profile), image: try store.wantedImage(of: created).description)
        try options.write(report, in: context) { report, _ in
            Array("made profile \(report.name) (\(report.image)) in \(report.directory)\n".utf8)
        }
    }
}
