import ArgumentParser
import Lab

struct LabListCommand: ContextCommand {
    static let configuration = CommandConfiguration.command(
        "list", "List what is in the lab.", examples: ["muster lab list"])

    @OptionGroup var options: CommonOptions

    /// The document that `--output json` writes.
    struct Report: Encodable {
        /// Absent when no lab runs.
        var lab: LabStatus?
    }

    func run(in context: CommandContext) async throws {
        let report = Report(lab: try await options.lab(in: context).status())
        try options.write(report, in: context) { report, style in
            report.lab.map { labTable($0).render(style) } ?? Array("no lab runs\n".utf8)
        }
    }
}

func labTable(_ status: LabStatus) -> TextTable {
    var table = TextTable([
        .init("NAME"), .init("STATE"), .init("FIRMWARE"), .init("MEMORY", .right), .init("MAC"), .init("UUID"),
    ])
    for service in status.services {
        table.add([
            .init(service.service.name), .init(service.state.rawValue, colour(service.state)), "-", "-", "-", "-",
        ])
    }
    for entry in status.machines {
        let machine = entry.machine
        table.add([
            .init(machine.name), .init(entry.state.rawValue, colour(entry.state)), .init(machine.firmware.rawValue),
            .init("\(machine.memory) MiB"), .init(machine.mac.description), .init(machine.uuid.description),
        ])
    }
    return table
}

private func colour(_ state: LabProcessState) -> TextColour? {
    switch state {
    case .running: .good
    case .failed: .bad
    default: nil
    }
}
