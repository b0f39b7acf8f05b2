#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif

/// How many machines were deployed and on their way, over time.
struct ProgressChart {
    private let samples: [SimulationReport.Sample]

    private static let (width, height) = (900.0, 260.0)
    private static let (left, right, top, bottom) = (52.0, 96.0, 12.0, 28.0)

    init(_ samples: [SimulationReport.Sample]) { self.samples = samples }

    var svg: String {
        let seconds = max(samples.last?.seconds ?? 1, 0.001)
        let most = Double(max(1, samples.map { max($0.deployed, $0.inFlight) }.max() ?? 1))
        func x(_ value: Double) -> Double { Self.left + value / seconds * (Self.width - Self.left - Self.right) }
        func y(_ value: Double) -> Double {
            Self.height - Self.bottom - value / most * (Self.height - Self.top - Self.bottom)
        }
        var parts = ["<svg viewBox=\"0 0 900 260\" role=\"img\" aria-label=\"Machines over time\">"]
        for value in ticks(most) {
            parts.append(line(Self.left, y(value), Self.width - Self.right, y(value), "axis"))
            parts.append(text("\(Int(value))", Self.left - 6, y(value) + 4, anchor: "end"))
        }
        for value in ticks(seconds) {
            parts.append(
                text(
                    "\(value == value.rounded() ? "\(Int(value))" : brief(value)) s", x(value), Self.height - 8,
                    anchor: "middle"))
        }
        let lines: [(String, String, (SimulationReport.Sample) -> Int)] = [
            ("deployed", "a", { $0.deployed }), ("on their way", "b", { $0.inFlight }),
            ("failed", "bad", { $0.failed }),
        ]
        var taken: [Double] = []
        for (name, style, value) in lines where name != "failed" || samples.contains(where: { $0.failed > 0 }) {
            parts.append(curve(samples.map { (x($0.seconds), y(Double(value($0)))) }, style))
            var place = y(Double(samples.last.map(value) ?? 0)) + 4
            while taken.contains(where: { abs($0 - place) < 14 }) { place -= 14 }
            taken.append(place)
            parts.append(text(name, Self.width - Self.right + 6, place, style: style))
        }
        return (parts + ["</svg>"]).joined(separator: "\n")
    }
}

/// The times of one step by percentile.
struct PercentileChart {
    private let step: SimulationReport.Step
    private let scale: ClosedRange<Double>

    private static let (width, height) = (220.0, 130.0)
    private static let (left, right, top, bottom) = (48.0, 8.0, 20.0, 18.0)

    init(_ step: SimulationReport.Step, scale: ClosedRange<Double>) {
        self.step = step
        self.scale = scale
    }

    var svg: String {
        // The nines are drawn at equal distances.
        let last = step.percentiles.dropLast().last?.percentile ?? 99
        func nines(_ percentile: Double) -> Double { -log10(1 - min(percentile, last) / 100) }
        let end = nines(last) + 0.4
        func x(_ percentile: Double) -> Double {
            let place = percentile >= 100 ? end : nines(percentile)
            return Self.left + place / end * (Self.width - Self.left - Self.right)
        }
        let (low, high) = (log10(scale.lowerBound), log10(scale.upperBound))
        func y(_ value: Double) -> Double {
            let place = (log10(max(value, scale.lowerBound)) - low) / (high - low)
            return Self.height - Self.bottom - place * (Self.height - Self.top - Self.bottom)
        }
        var parts = [
            "<svg viewBox=\"0 0 220 130\" role=\"img\" aria-label=\"\(escaped(step.step)) by percentile\">",
            text(step.step, Self.left, 12, style: "name"),
        ]
        var value = 1.0
        while value <= scale.upperBound {
            parts.append(line(Self.left, y(value), Self.width - Self.right, y(value), "axis"))
            parts.append(
                text(
                    value < 1000 ? "\(Int(value)) ms" : "\(Int(value / 1000)) s", Self.left - 4, y(value) + 4,
                    anchor: "end"))
            value *= 10
        }
        for percentile in [50, 90, 99, 99.9] where percentile <= last {
            parts.append(
                text(
                    percentile == 99.9 ? "99.9" : "\(Int(percentile))", x(percentile), Self.height - 4, anchor: "middle"
                ))
        }
        parts.append(curve(step.percentiles.map { (x($0.percentile), y($0.milliseconds)) }, "a"))
        return (parts + ["</svg>"]).joined(separator: "\n")
    }
}

/// Four to eight round numbers from 0 up to a limit.
private func ticks(_ limit: Double) -> [Double] {
    let size = pow(10, floor(log10(limit)))
    let step = [0.1, 0.2, 0.5, 1, 2].map { $0 * size }.first { limit / $0 <= 8 } ?? size
    return Array(stride(from: 0, through: limit, by: step))
}

private func line(_ x1: Double, _ y1: Double, _ x2: Double, _ y2: Double, _ style: String) -> String {
    "<line class=\"\(style)\" x1=\"\(short(x1))\" y1=\"\(short(y1))\" x2=\"\(short(x2))\" y2=\"\(short(y2))\"/>"
}

private func text(_ content: String, _ x: Double, _ y: Double, anchor: String = "start", style: String = "") -> String {
    "<text class=\"\(style)\" x=\"\(short(x))\" y=\"\(short(y))\" text-anchor=\"\(anchor)\">\(escaped(content))</text>"
}

private func curve(_ points: [(Double, Double)], _ style: String) -> String {
    let places = points.map { "\(short($0.0)) \(short($0.1))" }.joined(separator: "L")
    return "<path class=\"curve \(style)\" d=\"M\(places)\"/>"
}

private func short(_ number: Double) -> String {
    let tenths = Int((number * 10).rounded())
    return tenths % 10 == 0 ? "\(tenths / 10)" : "\(tenths < 0 ? "-" : "")\(abs(tenths) / 10).\(abs(tenths) % 10)"
}

/// A number for people, with three digits that count.
public func brief(_ number: Double) -> String {
    let digits = number >= 100 ? 0 : number >= 10 ? 1 : 2
    let scale = [1.0, 10.0, 100.0][digits]
    let whole = Int((number * scale).rounded())
    guard digits > 0 else { return "\(whole)" }
    let unit = Int(scale)
    let rest = String(whole % unit)
    return "\(whole / unit)." + String(repeating: "0", count: digits - rest.count) + rest
}
