/// Lines at the end of a terminal that are drawn over and over.
struct LiveArea {
    private let sink: any OutputSink
    private var height = 0

    init(_ sink: any OutputSink) { self.sink = sink }

    /// Puts these lines in the place of those drawn before (ECMA-48: CUU, EL, ED).
    mutating func draw(_ lines: [String]) throws {
        var text = height > 0 ? "\u{1B}[\(height)A" : ""
        for line in lines { text += "\r\u{1B}[2K\(line)\n" }
        if lines.count < height { text += "\u{1B}[J" }
        height = lines.count
        try sink.write(text)
    }
}
