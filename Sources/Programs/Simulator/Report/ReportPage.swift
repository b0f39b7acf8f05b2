import MusterBase

/// A run as one HTML page that needs nothing else: no scripts, no fonts, no pictures from elsewhere.
public struct ReportPage: Sendable {
    private let report: SimulationReport
    private let title: String
    private let made: Timestamp

    /// - Parameter command: the command line that made it, for those who want the same again.
    public init(_ report: SimulationReport, command: String, at time: Timestamp) {
        self.report = report
        title = command
        made = time
    }

    public var text: String {
        """
        <!doctype html>
        <html lang="en">
        <meta charset="utf-8">
        <meta name="viewport" content="width=device-width">
        <title>\(escaped(title))</title>
        <style>
        \(Self.style)
        </style>
        <main>
        <h1>\(report.isComplete ? "All machines arrived" : "Not all machines arrived")</h1>
        <p class="sub"><code>\(escaped(title))</code> · \(made) · Muster \(MusterVersion.current)</p>
        <dl class="figures">
        \(figures.map { "<div><dt>\($0.0)</dt><dd>\($0.1)</dd></div>" }.joined(separator: "\n"))
        </dl>
        <h2>Machines over time</h2>
        \(ProgressChart(report.samples).svg)
        <h2>How long each step took</h2>
        <p class="sub">Across: percentile, the right end is the slowest of all. Upward: time, logarithmic, the same scale \
        for all steps.</p>
        <div class="grid">
        \(report.steps.map { PercentileChart($0, scale: scale).svg }.joined(separator: "\n"))
        </div>
        \(stepTable)
        \(troubleTable)
        \(counterTable)
        </main>
        </html>

        """
    }

    private var scale: ClosedRange<Double> {
        let all = report.steps.flatMap { $0.percentiles.map(\.milliseconds) }.filter { $0 > 0 }
        let low = all.min() ?? 0.1
        return min(0.1, low)...max(low * 10, all.max() ?? 1000)
    }

    private var figures: [(String, String)] {
        var figures = [
            ("deployed", "\(report.deployed) of \(report.expected)"),
            ("time", "\(brief(report.seconds)) s"),
            ("machines a second", brief(report.machinesPerSecond)),
        ]
        if let machine = report.steps.first(where: { $0.step == SimulatedStep.machine.rawValue }) {
            figures.append(("99 % of machines within", "\(brief(machine.p99 / 1000)) s"))
        }
        if let service = report.service {
            figures.append(("musterd, processor", "\(brief(service.cpuSeconds)) s"))
            figures.append(("musterd, memory", "\(service.peakMemory >> 20) MiB"))
        }
        figures.append(("simulator, processor", "\(brief(report.simulatorCpuSeconds)) s"))
        figures.append(("seed", "\(report.seed)"))
        return figures
    }

    private var stepTable: String {
        let rows = report.steps.map { step in
            "<tr><th>\(escaped(step.step))</th>"
                + ([Double(step.count).rounded()] + [step.p50, step.p90, step.p99, step.max]).enumerated().map {
                    "<td>\($0 == 0 ? "\(step.count)" : brief($1))</td>"
                }.joined() + "</tr>"
        }
        return """
            <table><thead><tr><th>step</th><th>count</th><th>p50 ms</th><th>p90 ms</th><th>p99 ms</th><th>max ms</th></tr>\
            </thead><tbody>\(rows.joined(separator: "\n"))</tbody></table>
            """
    }

    private var troubleTable: String {
        guard !report.troubles.isEmpty else { return "<h2>Troubles</h2><p>None.</p>" }
        let rows = report.troubles.map {
            "<tr><th>\(escaped($0.kind))</th><td>\($0.count)</td><td class=\"text\">\(escaped($0.example))</td></tr>"
        }
        return """
            <h2>Troubles</h2><table><thead><tr><th>kind</th><th>count</th><th class="text">one of them</th></tr></thead>\
            <tbody>\(rows.joined(separator: "\n"))</tbody></table>
            """
    }

    private var counterTable: String {
        let rows = report.counters.sorted { $0.key < $1.key }.map {
            "<tr><th>\(escaped($0.key.map { $0 == "_" ? " " : String($0) }.joined()))</th><td>\($0.value)</td></tr>"
        }
        return "<h2>Counted</h2><table><tbody>\(rows.joined(separator: "\n"))</tbody></table>"
    }

    private static let style = """
        :root { color-scheme: light dark; --ink: #1a1c1e; --dim: #5d6670; --line: #d6dade; --a: #1f6feb; --b: #b35900;
          --bad: #c0262d; --ground: #fff }
        @media (prefers-color-scheme: dark) { :root { --ink: #e6e8ea; --dim: #9aa4ae; --line: #353b42; --a: #6ea8fe;
          --b: #f0a35e; --bad: #ff7b81; --ground: #15181b } }
        body { background: var(--ground); color: var(--ink); font: 15px/1.5 system-ui, sans-serif; margin: 0 }
        main { max-width: 64rem; margin: 0 auto; padding: 1.5rem }
        h1 { font-size: 1.5rem; margin: 0 } h2 { font-size: 1.1rem; margin: 2rem 0 .25rem }
        .sub { color: var(--dim); margin: .25rem 0 } code { font-size: .9em; overflow-wrap: anywhere }
        .figures { display: flex; flex-wrap: wrap; gap: .5rem 2rem; margin: 1rem 0 }
        .figures dt { color: var(--dim); font-size: .85rem } .figures dd { margin: 0; font-size: 1.25rem }
        .grid { display: grid; grid-template-columns: repeat(auto-fill, minmax(13rem, 1fr)); gap: .75rem }
        svg { width: 100%; height: auto; display: block } svg text { font: 11px system-ui, sans-serif; fill: var(--dim) }
        svg .name { fill: var(--ink); font-size: 12px } .axis { stroke: var(--line) }
        .a { stroke: var(--a) } .b { stroke: var(--b) } .bad { stroke: var(--bad) }
        path.curve { fill: none; stroke-width: 1.75 } text.a { fill: var(--a); stroke: none }
        text.b { fill: var(--b); stroke: none } text.bad { fill: var(--bad); stroke: none }
        table { border-collapse: collapse; margin: .75rem 0; font-variant-numeric: tabular-nums }
        th, td { padding: .15rem .9rem .15rem 0; text-align: right; border-bottom: 1px solid var(--line) }
        th:first-child, .text { text-align: left } thead th { color: var(--dim); font-weight: normal }
        tbody th { font-weight: normal }
        """
}

/// A text as it may stand in HTML.
func escaped(_ text: String) -> String {
    var result = ""
    for character in text {
        switch character {
        case "&": result += "&amp;"
        case "<": result += "&lt;"
        case ">": result += "&gt;"
        case "\"": result += "&quot;"
        default: result.append(character)
        }
    }
    return result
}
