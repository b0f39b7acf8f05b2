import ArgumentParser
import MusterBase
import Profiles

struct ProfileVerifyCommand: ContextCommand {
    static let configuration = CommandConfiguration.command(
        "verify", "Look for faults in profiles, before a machine does.",
        discussion: """
            Settings, answers to the installer, scripts, kernel arguments, links, boot files, and whether the image or \
            medium is there. Shells say what they think of scripts, and debconf-set-selections, ksvalidator, xmllint and \
            shellcheck of what they know, where they are installed. No service has to run. Ends with 1 when something \
            is wrong.
            """,
        examples: ["muster profile verify trixie", "muster profile verify"])

    @OptionGroup var options: CommonOptions
    @Argument(help: ArgumentHelp("Names of profiles; without one, all.", valueName: "profile"))
    var profiles: [String] = []

    /// The document that `--output json` writes.
    struct Report: Encodable {
        struct Profile: Encodable {
            var name: String
            var problems: [String]
        }

        var profiles: [Profile]
    }

    func run(in context: CommandContext) async throws {
        let state = try options.stateDirectory(in: context)
        let store = try ProfileStore(publicDirectory: state.publicDirectory)
        var report = Report(profiles: [])
        for name in profiles.isEmpty ? try store.names() : profiles {
            report.profiles.append(.init(name: name, problems: try await problems(of: name, store, context)))
        }
        try options.write(report, in: context) { report, style in
            guard !report.profiles.isEmpty else { return Array("there is no profile\n".utf8) }
            let lines = report.profiles.map { profile in
                let verdict = profile.problems.isEmpty ? style.paint("good", .good) : style.paint("bad", .bad)
                return "\(printable(profile.name))  \(verdict)\n"
            }
            return Array(lines.joined().utf8)
        }
        let bad = report.profiles.filter { !$0.problems.isEmpty }
        for profile in bad {
            for problem in profile.problems {
                try context.note("muster: \(printable(profile.name)): \(printable(problem))")
            }
        }
        if !bad.isEmpty { throw CommandFailure.failed }
    }

    /// What keeps it from looking is a problem of this profile, and none of the others.
    private func problems(of name: String, _ store: ProfileStore, _ context: CommandContext) async throws -> [String] {
        do {
            return try await store.verify(name, tools: context.tools)
        } catch let error as MusterError where error.code != .cancelled {
            return ["\(error)"]
        }
    }
}
