/// The text form that Prometheus reads, version 0.0.4
/// (https://prometheus.io/docs/instrumenting/exposition_formats/#text-based-format).
extension MetricsRegistry {
    public static let prometheusContentType = "text/plain; version=0.0.4; charset=utf-8"

    /// All metrics as they are now: by name, behind a line that says of what kind they are.
    public func prometheusText() -> String {
        var text = ""
        for (name, family) in snapshot() {
            text += "# TYPE \(name) \(family.kind.rawValue)\n"
            for (metric, cell) in family.cells { append(metric, cell, to: &text) }
        }
        return text
    }

    private func append(_ metric: MetricName, _ cell: Cell, to text: inout String) {
        func line(_ suffix: String, _ value: String, le bound: String? = nil) {
            text += "\(metric.name)\(suffix)\(labelText(metric.labels, bound)) \(value)\n"
        }
        switch cell {
        case .counter(let counter): line("", "\(counter.value)")
        case .number(let number): line("", numberText(number.value))
        case .read(let read): line("", numberText(read()))
        case .summary(let summary):
            line("_sum", numberText(summary.sum))
            line("_count", "\(summary.count)")
        case .histogram(let histogram):
            var total: Int64 = 0
            for (bound, count) in zip(HistogramCell.bounds.map(numberText) + ["+Inf"], histogram.counts) {
                total += count
                line("_bucket", "\(total)", le: bound)
            }
            line("_sum", numberText(histogram.sum))
            line("_count", "\(total)")
        }
    }
}

private func labelText(_ labels: [MetricName.Label], _ bound: String?) -> String {
    var parts = labels.map { "\($0.name)=\"\(escaped($0.value))\"" }
    if let bound { parts.append("le=\"\(bound)\"") }
    return parts.isEmpty ? "" : "{\(parts.joined(separator: ","))}"
}

private func escaped(_ value: String) -> String {
    var bytes: [UInt8] = []
    for byte in value.utf8 {
        switch byte {
        case UInt8(ascii: "\\"), UInt8(ascii: "\""): bytes += [UInt8(ascii: "\\"), byte]
        case UInt8(ascii: "\n"): bytes += Array("\\n".utf8)
        default: bytes.append(byte)
        }
    }
    return String(decoding: bytes, as: UTF8.self)
}

/// As Go's strconv reads it; whole numbers without a point.
private func numberText(_ value: Double) -> String {
    if value.isNaN { return "NaN" }
    if value.isInfinite { return value < 0 ? "-Inf" : "+Inf" }
    if let whole = Int64(exactly: value) { return "\(whole)" }
    return "\(value)"
}
