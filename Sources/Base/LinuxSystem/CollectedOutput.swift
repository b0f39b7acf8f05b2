/// What a program wrote so far, within a limit for each stream: of standard output the beginning, of standard error the
/// end is kept.
struct CollectedOutput {
    enum Stream { case output, error }

    private let limit: Int
    private var output: [UInt8] = []
    private var error: [UInt8] = []
    private var outputLine: [UInt8] = []
    private var errorLine: [UInt8] = []
    private var isTruncated = false

    /// A line without end is cut into pieces of this many octets.
    private static let lineLimit = 64 << 10

    init(limit: Int) { self.limit = max(0, limit) }

    /// Takes bytes in and returns the lines that they end.
    mutating func append(_ bytes: [UInt8], to stream: Stream, wantLines: Bool) -> [String] {
        switch stream {
        case .output:
            let room = limit - output.count
            if bytes.count > room { isTruncated = true }
            output.append(contentsOf: bytes.prefix(max(0, room)))
            return wantLines ? Self.lines(bytes, after: &outputLine) : []
        case .error:
            error.append(contentsOf: bytes)
            // Cut in large steps, so that a chatty program does not move the buffer at each write.
            if error.count > 2 * limit + 4096 { trimError() }
            return wantLines ? Self.lines(bytes, after: &errorLine) : []
        }
    }

    mutating func unfinishedLine(of stream: Stream) -> String? {
        let rest = stream == .output ? outputLine : errorLine
        if stream == .output { outputLine = [] } else { errorLine = [] }
        return rest.isEmpty ? nil : String(decoding: rest, as: UTF8.self)
    }

    mutating func result(exitCode: Int32) -> ToolResult {
        trimError()
        return ToolResult(
            exitCode: exitCode, standardOutput: output, standardError: error, isTruncated: isTruncated)
    }

    private mutating func trimError() {
        guard error.count > limit else { return }
        error.removeFirst(error.count - limit)
        isTruncated = true
    }

    /// Cuts at line feeds, and at carriage returns too: progress displays use nothing else.
    private static func lines(_ bytes: [UInt8], after rest: inout [UInt8]) -> [String] {
        var lines: [String] = []
        for byte in bytes {
            guard byte == UInt8(ascii: "\n") || byte == UInt8(ascii: "\r") || rest.count >= lineLimit else {
                rest.append(byte)
                continue
            }
            let isCut = byte != UInt8(ascii: "\n") && byte != UInt8(ascii: "\r")
            if byte == UInt8(ascii: "\n") || !rest.isEmpty { lines.append(String(decoding: rest, as: UTF8.self)) }
            rest.removeAll(keepingCapacity: true)
            if isCut { rest.append(byte) }
        }
        return lines
    }
}
