/// The name of one metric with its labels, as Prometheus allows them.
struct MetricName: Hashable, Sendable {
    struct Label: Hashable, Sendable {
        let name: String
        let value: String
    }

    /// Letters, digits, `_` and `:`, not beginning with a digit; other characters became `_`.
    let name: String
    /// In the order in which they were given, each name once.
    let labels: [Label]

    init(_ name: String, _ dimensions: [(String, String)]) {
        self.name = MetricName.clean(name, allowing: UInt8(ascii: ":"))
        var labels: [Label] = []
        for (name, value) in dimensions {
            // `le` marks the buckets of histograms, and two underscores what is Prometheus' own.
            var clean = MetricName.clean(name, allowing: nil)
            if clean == "le" || clean.hasPrefix("__") { clean = "label_" + clean }
            if !labels.contains(where: { $0.name == clean }) { labels.append(Label(name: clean, value: value)) }
        }
        self.labels = labels
    }

    private static func clean(_ text: String, allowing extra: UInt8?) -> String {
        let digits = UInt8(ascii: "0")...UInt8(ascii: "9")
        var bytes = text.utf8.map { byte in
            let isLetter = byte | 0x20 >= UInt8(ascii: "a") && byte | 0x20 <= UInt8(ascii: "z")
            return isLetter || digits.contains(byte) || byte == extra ? byte : UInt8(ascii: "_")
        }
        if bytes.first.map(digits.contains) ?? true { bytes.insert(UInt8(ascii: "_"), at: 0) }
        return String(decoding: bytes, as: UTF8.self)
    }
}
