import ArgumentParser

struct LabDownCommand: ContextCommand {
    static let configuration = CommandConfiguration.command(
        "down", "End a lab; nothing of it goes on running. Its state directory stays.", examples: ["muster lab down"])

    @OptionGroup var options: CommonOptions

    /// The document that `--output json` writes.
    struct Report: Encodable {
        /// False when there was nothing to end.
        var ended: Bool
        var machines: [String]
    }

    func run(in context: CommandContext) async throws {
        let directory = try options.labDirectory(in: context)
        let machines = try await options.lab(in: context).down()
        let report = Report(ended: machines != nil, machines: machines ?? [])
        try options.write(report, in: context) { report, _ in
            let names = report.machines.isEmpty ? "" : ": \(report.machines.joined(separator: ", "))"
            return Array(
                (report.ended
                    ? "ended the lab in \(directory) with \(counted(report.machines.count, "machine"))\(names)\n"
                    : "no lab runs in \(directory)\n").utf8)
        }
    }
}
