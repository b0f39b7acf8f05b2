import ArgumentParser
import MusterBase
import Profiles

struct ProfileUpdateBootCommand: ContextCommand {
    static let configuration = CommandConfiguration.command(
        "update-boot", "Write the boot files of profiles anew, after their profile.yaml was changed.",
        examples: ["muster profile update-boot debian-12"])

    @OptionGroup var options: CommonOptions
    @Argument(help: ArgumentHelp("Names of profiles; without one, all.", valueName: "profile"))
    var profiles: [String] = []

    /// The document that `--output json` writes.
    struct Report: Encodable {
        struct Change: Encodable {
            var name: String
            /// Below the profile's directory.
            var files: [String]
        }

        /// Profiles whose boot files changed.
        var names: [String]
        var changes: [Change]
    }

    func run(in context: CommandContext) async throws {
        let state = try options.stateDirectory(in: context)
        let store = try ProfileStore(publicDirectory: state.publicDirectory)
        // What is chosen here is not removed before something points at it.
        let held = try state.images.hold()
        defer { held?.release() }
        var changes: [Report.Change] = []
        var failures: [String] = []
        for name in profiles.isEmpty ? try store.names() : profiles {
            do {
                let files = try store.updateBootFiles(name)
                if !files.isEmpty { changes.append(.init(name: name, files: files)) }
            } catch let error as MusterError {
                failures.append("\(name): \(error)")
            }
        }
        // Looking through all that the site has takes its time.
        if !changes.isEmpty { try Ownership.settle(state) }
        // With a failure it is not true that there was nothing to change.
        let nothing = failures.isEmpty ? "the settings are good; there is nothing to change in the boot files\n" : ""
        try options.write(Report(names: changes.map(\.name), changes: changes), in: context) { report, _ in
            let lines = report.changes.map { "updated \($0.name): \($0.files.joined(separator: ", "))\n" }
            return Array((lines.isEmpty ? nothing : lines.joined()).utf8)
        }
        for failure in failures { try context.note("muster: \(failure)") }
        if !failures.isEmpty { throw CommandFailure.failed }
    }
}
