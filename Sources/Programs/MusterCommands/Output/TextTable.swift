/// Rows in aligned columns, drawn into one run of bytes: a list of ten thousand nodes is one write.
struct TextTable {
    enum Alignment: Sendable {
        case left
        case right
    }

    struct Column: Sendable {
        var title: String
        var alignment: Alignment
        /// The column that is cut when the terminal is too narrow.
        var shrinks: Bool

        init(_ title: String, _ alignment: Alignment = .left, shrinks: Bool = false) {
            self.title = title
            self.alignment = alignment
            self.shrinks = shrinks
        }
    }

    struct Cell: Sendable, ExpressibleByStringInterpolation {
        var text: String
        var colour: TextColour?

        init(_ text: String, _ colour: TextColour? = nil) {
            self.text = printable(text)
            self.colour = colour
        }

        init(stringLiteral value: String) { self.init(value) }
    }

    private let columns: [Column]
    private var rows: [[Cell]] = []
    private var widths: [Int]

    /// No column may be narrower than this when it is cut.
    private static let narrowest = 8
    private static let gap = 2

    init(_ columns: [Column]) {
        self.columns = columns
        widths = columns.map { displayWidth($0.title) }
    }

    var isEmpty: Bool { rows.isEmpty }

    mutating func reserve(_ count: Int) { rows.reserveCapacity(count) }

    /// Adds a row; cells that are missing at its end are empty.
    mutating func add(_ cells: [Cell]) {
        for (index, cell) in cells.prefix(columns.count).enumerated() {
            widths[index] = max(widths[index], displayWidth(cell.text))
        }
        rows.append(cells)
    }

    /// The heading and all rows, each line ended by a line feed.
    func render(_ style: TextStyle) -> [UInt8] {
        let fitted = fittedWidths(style.width)
        var bytes: [UInt8] = []
        bytes.reserveCapacity((rows.count + 1) * (fitted.reduce(0, +) + fitted.count * Self.gap + 1))
        append(columns.map { Cell($0.title, .strong) }, fitted, style, to: &bytes)
        for row in rows { append(row, fitted, style, to: &bytes) }
        return bytes
    }

    private func fittedWidths(_ limit: Int?) -> [Int] {
        var fitted = widths
        guard let limit else { return fitted }
        var excess = fitted.reduce(0, +) + Self.gap * (fitted.count - 1) - limit
        for (index, column) in columns.enumerated() where column.shrinks && excess > 0 {
            let cut = min(excess, max(0, fitted[index] - Self.narrowest))
            fitted[index] -= cut
            excess -= cut
        }
        return fitted
    }

    private func append(_ row: [Cell], _ fitted: [Int], _ style: TextStyle, to bytes: inout [UInt8]) {
        // Blanks are owed until something follows them, so that no line ends in blanks.
        var owed = 0
        for (index, cell) in row.prefix(columns.count).enumerated() {
            let text = columns[index].shrinks ? truncated(cell.text, to: fitted[index]) : cell.text
            let padding = fitted[index] - displayWidth(text)
            if columns[index].alignment == .right { owed += padding }
            if !text.isEmpty {
                bytes.append(contentsOf: repeatElement(UInt8(ascii: " "), count: owed))
                owed = 0
                bytes.append(contentsOf: style.paint(text, cell.colour).utf8)
            }
            owed += Self.gap + (columns[index].alignment == .left ? padding : 0)
        }
        bytes.append(UInt8(ascii: "\n"))
    }
}
