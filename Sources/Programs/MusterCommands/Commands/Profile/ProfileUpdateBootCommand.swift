import ArgumentParser
import MusterAPI
import MusterBase
import Profiles

struct ProfileUpdateBootCommand: ContextCommand {
    static let configuration = CommandConfiguration.command(
        "update-boot", "Write the boot files of profiles anew, after their profile.yaml was changed.",
        examples: ["muster profile update-boot debian-12"])

    @OptionGroup var options: CommonOptions
    @Argument(help: ArgumentHelp("Names of profiles; without one, all.", valueName: "profile"))
    var profiles: [String] = []

    func run(in context: CommandContext) async throws {
        let state = try options.stateDirectory(in: context)
        let store = try ProfileStore(publicDirectory: state.publicDirectory)
        // What is chosen here is not removed before something points at it.
        let held = try state.images.hold()
        defer { held?.release() }
        var changed: [String] = []
        var failures: [String] = []
        for name in profiles.isEmpty ? try store.names() : profiles {
            do {
                if try store.updateBoot(name) { changed.append(name) }
            } catch let error as MusterError {
                failures.append("\(name): \(error)")
            }
        }
        try Ownership.settle(state)
        // With a failure it is not true that there was nothing to change.
        let nothing = failures.isEmpty ? "the settings are good; there is nothing to change in the boot files\n" : ""
        try options.write(ChangeResponse(names: changed), in: context) { change, _ in
            Array((change.names.isEmpty ? nothing : change.names.map { "updated \($0)\n" }.joined()).utf8)
        }
        for failure in failures { try context.note("muster: \(failure)") }
        if !failures.isEmpty { throw CommandFailure.failed }
    }
}
