import Foundation

/// The results of a run: kept as JSON, shown as text, and as the page of docs/.
struct Report: Codable, Sendable {
    var machine: Machine
    /// How long the whole run took.
    var seconds: Double = 0
    /// Name and summary of each benchmark that was run, in their order.
    var benchmarks: [[String]] = []
    var rows: [Row] = []

    /// How long a run of all may take.
    static let secondsAllowed = 1200.0

    func json() throws -> Data {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys]
        encoder.keyEncodingStrategy = .convertToSnakeCase
        return try encoder.encode(self)
    }

    var markdown: String {
        var text = """
            # Benchmarks

            Made by `./bench`, which measures Muster and its peers in the same run, in turns, and takes the median of each.
            Nothing here was written by hand. How the servers are set and what limits them: [performance.md](performance.md).

            | machine | |
            |---|---|
            | processor | \(machine.processor), \(machine.cores) cores |
            | memory | \(String(format: "%.0f", machine.memory)) GB |
            | system | \(machine.system), Linux \(machine.kernel) |
            | date | \(machine.date) |
            | commit | \(machine.commit) |
            | versions | \(machine.versions.sorted { $0.key < $1.key }.map { "\($0.key) \($0.value)" }.joined(separator: ", ")) |
            | load before the run | \(String(format: "%.2f", machine.load)) |
            | time of the whole run | \(Int(seconds)) s |

            "Ratio" says how many times as good Muster is as the best of its peers: 2.0 is twice as fast, or half as large.

            """
        for entry in benchmarks where entry.count == 2 {
            text += "\n## \(entry[0])\n\n\(entry[1]).\n\n"
            text += "| what | Muster | peers | ratio | goal | met |\n|---|---|---|---|---|---|\n"
            let own = rows.filter { $0.benchmark == entry[0] }
            for row in own {
                let cells = Report.cells(row)
                text += "| \(cells.joined(separator: " | ")) |\n"
            }
            for row in own where row.failure == nil {
                let notes = (row.isMeasuredOnce ? ["measured once"] : []) + row.notes
                if !notes.isEmpty { text += "\n\(row.what): \(notes.joined(separator: "; ")).\n" }
            }
        }
        return text
    }

    /// What, Muster, peers, ratio, goal, met.
    static func cells(_ row: Row) -> [String] {
        if let failure = row.failure { return [row.what, "cannot be measured: \(failure)", "", "", goal(row), "no"] }
        return [
            row.what, row.muster.map { figure($0, row.unit) } ?? "-",
            row.peers.map { "\($0.program) \(figure($0, row.unit))" }.joined(separator: ", "),
            row.ratio.map { bound(row) + String(format: $0 < 10 ? "%.2f" : "%.0f", $0) } ?? "", goal(row),
            row.isMet.map { $0 ? "yes" : "**no**" } ?? "",
        ]
    }

    private static func bound(_ row: Row) -> String {
        switch row.isRatioBound {
        case (true, true): "~ "
        case (true, false): "≤ "
        case (false, true): "≥ "
        case (false, false): ""
        }
    }

    static func line(_ row: Row) -> String {
        let cells = cells(row)
        guard row.failure == nil else { return "\(row.what): \(cells[1])" }
        var text = "\(row.what): " + [cells[1], cells[2]].filter { !$0.isEmpty && $0 != "-" }.joined(separator: "; ")
        if !cells[3].isEmpty { text += "; ratio \(cells[3])" }
        if !cells[4].isEmpty { text += "; goal \(cells[4]): \(row.isMet == true ? "met" : "NOT MET")" }
        return text
    }

    private static func figure(_ measured: Row.Measured, _ unit: String) -> String {
        let value = measured.median
        let digits = value == 0 || value >= 100 ? 0 : value >= 10 ? 1 : value >= 1 ? 2 : value >= 0.1 ? 3 : 4
        return (measured.isLowerBound ? "≥ " : "") + String(format: "%.\(digits)f", value)
            + (unit.isEmpty ? "" : " \(unit)")
    }

    private static func goal(_ row: Row) -> String {
        switch row.goal {
        case .ratio(let least): "≥ \(number(least)) ×"
        case .atMost(let limit): "≤ \(number(limit)) \(row.unit)"
        case .under(let limit): "< \(number(limit)) \(row.unit)"
        case .atLeast(let limit): "≥ \(number(limit)) \(row.unit)"
        case .none: ""
        }
    }

    private static func number(_ value: Double) -> String {
        value == value.rounded() ? String(Int(value)) : String(format: "%.3g", value)
    }
}
