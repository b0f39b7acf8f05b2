import ArgumentParser
import MusterBase

struct InitCommand: ContextCommand {
    static let configuration = CommandConfiguration.command(
        "init", "Make the state directory of a site, its keys and what machines boot first.",
        discussion: """
            Run again, it mends what is missing and renews what is out of date, such as the agent that machines \
            get. It \
            never replaces keys or settings.
            """,
        examples: ["muster init --site example", "muster init --state-dir /tmp/site"])

    @OptionGroup var options: CommonOptions
    @Option(help: ArgumentHelp("Name of a new site; it stands in certificates.", valueName: "name")) var site: String?
    @Option(help: ArgumentHelp("The program muster-agent for nodes.", valueName: "path")) var agent: String?
    @Option(help: ArgumentHelp("The program early-init for nodes.", valueName: "path")) var earlyInit: String?

    /// The document that `--output json` writes.
    struct Report: Encodable {
        var stateDirectory: String
        var site: String
        var steps: [SiteSetup.Step]
        var problems: [String]
    }

    func run(in context: CommandContext) async throws {
        let state = try options.stateDirectory(in: context)
        var setup = SiteSetup(state, tools: context.tools, clock: context.clock)
        let authority = try await setup.run(siteName: site, settings: SettingsTemplate.text) {
            try Companions.find(agent: agent, earlyInit: earlyInit, programDirectory: context.programDirectory)
        }
        try Ownership.settle(state)
        let report = Report(
            stateDirectory: state.path, site: authority.siteName, steps: setup.steps,
            problems: setup.problems.map(\.description))
        try options.write(report, in: context) { report, style in Array(text(of: report, style).utf8) }
        for problem in setup.problems { try context.note("muster: \(problem)") }
        if !setup.problems.isEmpty { throw CommandFailure.failed }
    }

    private func text(of report: Report, _ style: TextStyle) -> String {
        var text = "site \(report.site) in \(report.stateDirectory)\n"
        for step in report.steps {
            let word = step.action.rawValue
            let padded = word + String(repeating: " ", count: 9 - word.count)
            text += "  \(style.paint(padded, step.action == .kept ? .faint : .good))  \(step.subject)\n"
        }
        return text
    }
}
