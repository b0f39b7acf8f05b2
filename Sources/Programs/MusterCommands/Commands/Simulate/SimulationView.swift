import MusterBase
import Simulator

/// A run as a table for people.
func simulationTable(_ report: SimulationReport, _ style: TextStyle) -> [UInt8] {
    var table = TextTable([
        .init("STEP"), .init("COUNT", .right), .init("P50 ms", .right), .init("P90 ms", .right),
        .init("P99 ms", .right),
        .init("MAX ms", .right),
    ])
    for step in report.steps {
        table.add([
            .init(step.step), .init("\(step.count)"), .init(brief(step.p50)), .init(brief(step.p90)),
            .init(brief(step.p99)), .init(brief(step.max)),
        ])
    }
    return table.render(style) + Array("\n\(summary(report))".utf8)
}

private func summary(_ report: SimulationReport) -> String {
    var lines = [
        "\(report.deployed) of \(report.expected) machines deployed in \(brief(report.seconds)) s: "
            + "\(brief(report.machinesPerSecond)) a second"
    ]
    if report.unknown > 0 { lines.append("\(report.heard) of \(report.unknown) unknown machines were heard") }
    if report.vanished > 0 { lines.append("\(report.vanished) vanished on their way, as planned") }
    if report.failed > 0 { lines.append("\(report.failed) failed") }
    if let service = report.service {
        lines.append(
            "musterd: \(brief(service.cpuSeconds)) s of processor time, \(service.peakMemory >> 20) MiB at most; "
                + "it calls \(service.deployed) deployed and lists \(service.discovered) unknown")
    }
    lines.append(
        "simulator: \(brief(report.simulatorCpuSeconds)) s of processor time; \(sizeText(Int64(report.octetsReceived))) "
            + "received, \(sizeText(Int64(report.octetsSent))) sent")
    let repeated = ["dhcp_repeated", "tftp_repeated"].map { report.counters[$0] ?? 0 }
    if repeated.contains(where: { $0 > 0 }) {
        lines.append("asked again: \(repeated[0]) times by DHCP, \(repeated[1]) times by TFTP")
    }
    if let late = report.counters["late_starts"], late > 0 {
        lines.append("\(late) machines were switched on later than planned; their time counts from the plan")
    }
    if let refused = report.counters["datagrams_refused"], refused > 0 {
        lines.append("\(refused) datagrams were refused by this computer's kernel")
    }
    for trouble in report.troubles {
        lines.append("\(trouble.count) × \(trouble.kind), such as: \(trouble.example)")
    }
    return lines.joined(separator: "\n") + "\n"
}
