import ArgumentParser
import MusterBase
import OSFamilies
import Profiles

struct ProfileRebaseCommand: ContextCommand {
    static let configuration = CommandConfiguration.command(
        "rebase", "Have a profile follow this version of Muster, and the medium that it has now.",
        discussion: """
            Files that you did not change get Muster's new text. Those that you changed stay, and what Muster changed \
            in them is shown as patch reads it: take what you want of it, then say --resolved FILE; or let --merge do \
            it. The boot files are written anew. All of it happens or nothing. Ends with 1 when a file is left for you; \
            with --check, when there is anything to do.
            """,
        examples: [
            "muster profile rebase trixie --check", "muster profile rebase trixie --merge",
            "muster profile rebase trixie --resolved preseed.cfg",
        ])

    @OptionGroup var options: CommonOptions
    @Argument(help: ArgumentHelp("Name of a profile.", valueName: "profile")) var profile: String
    @Flag(help: "Change nothing, only tell.") var check = false
    @Flag(help: "Put your changes and Muster's together where they are in different lines, by diff3.") var merge = false
    @Option(
        help: ArgumentHelp("You are done with Muster's changes in this file; may be given again.", valueName: "file"))
    var resolved: [String] = []
    @Flag(
        help: """
            Begin the record of what Muster wrote, for a profile that has none: what differs counts as changed by you.
            """) var adopt = false
    @Option(help: ArgumentHelp("With --adopt: the variant that the profile was made of.", valueName: "variant"))
    var variant: ProfileVariant?

    mutating func validate() throws {
        if variant != nil, !adopt { throw ValidationError("--variant goes with --adopt") }
        if adopt, merge || !resolved.isEmpty {
            throw ValidationError("--adopt goes with neither --merge nor --resolved")
        }
    }

    func run(in context: CommandContext) async throws {
        let state = try options.stateDirectory(in: context)
        let store = try ProfileStore(publicDirectory: state.publicDirectory)
        // What is chosen here is not removed before something points at it.
        let held = try state.images.hold()
        defer { held?.release() }
        let rebase = try await store.rebase(profile, choices(context))
        if !check { try Ownership.settle(state) }
        let report = ProfileRebaseReport(rebase, isDryRun: check)
        try options.write(report, in: context) { report, style in Array(report.text(style).utf8) }
        for file in report.files where file.outcome == .kept {
            try context.note(
                "muster: \(profile): \(file.path) stays as you made it; once you have taken what you want of the changes: "
                    + "muster profile rebase \(profile) --resolved \(file.path)")
        }
        if check ? rebase.hasChanges : !rebase.isComplete { throw CommandFailure.failed }
    }

    private func choices(_ context: CommandContext) -> ProfileRebaseChoices {
        var choices = ProfileRebaseChoices()
        choices.isDryRun = check
        choices.adopts = adopt
        choices.variant = variant?.rawValue
        choices.resolved = Set(resolved)
        let tools = context.tools
        if merge { choices.merge = { try await ThreeWayMerge(tools: tools).run($0) } }
        return choices
    }
}
