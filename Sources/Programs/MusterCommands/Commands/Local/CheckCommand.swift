import ArgumentParser
import MusterAPI
import MusterBase

struct CheckCommand: ContextCommand {
    static let configuration = CommandConfiguration.command(
        "check", "Find what is wrong with the installation, and say how to mend it.",
        discussion: "Ends with 1 when anything is bad.", examples: ["muster check", "muster check --output json"])

    @OptionGroup var options: CommonOptions

    func run(in context: CommandContext) async throws {
        // An operator without a service of their own means the system's.
        let state = try options.server(in: context).stateDirectory ?? options.stateDirectory(in: context)
        let local = LocalChecks(state: state) {
            try Companions.find(agent: nil, earlyInit: nil, programDirectory: context.programDirectory)
        }
        let service = try await serviceReport(in: context)
        let report = CheckReport(results: local.run() + service.results, listeners: service.listeners)
        try options.write(report, in: context) { Array(checkText($0, $1).utf8) }
        let bad = report.results.count { $0.verdict == .bad }
        guard bad == 0 else {
            try context.note("muster: \(counted(bad, "thing")) to mend")
            throw CommandFailure.failed
        }
    }

    /// What the service sees of itself; a service that does not answer is a finding as well.
    private func serviceReport(in context: CommandContext) async throws -> CheckReport {
        do {
            let client = try options.client(in: context)
            let version = try await client.version()
            var report = try await client.check()
            let isOther = version.version != MusterVersion.current
            report.results.insert(
                CheckResult(
                    subject: "service", verdict: isOther ? .warning : .good,
                    message: "musterd \(version.version) answers, process \(version.process)",
                    advice: isOther ? "this is muster \(MusterVersion.current): restart the service" : nil), at: 0)
            return report
        } catch let error as MusterError where error.code != .cancelled {
            let bare = MusterError(error.code, error.message, cause: error.cause)
            return CheckReport(results: [
                CheckResult(subject: "service", verdict: .bad, message: bare.description, advice: error.advice)
            ])
        }
    }
}
