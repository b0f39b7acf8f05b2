/// The difference of two texts, in the form that patch(1) reads.
///
/// Source: POSIX.1-2024, diff, "Diff -u or -U Output Format".
public struct UnifiedDiff: Sendable {
    private struct Line {
        let mark: Character
        let text: Substring
        /// How many lines of each text come before it.
        let old: Int
        let new: Int
    }

    private let lines: [Line]
    private static let context = 3

    public init(from old: String, to new: String) {
        let (oldLines, newLines) = (Self.lines(old), Self.lines(new))
        let difference = newLines.difference(from: oldLines)
        var removed: Set<Int> = []
        var inserted: Set<Int> = []
        for change in difference {
            switch change {
            case .remove(let offset, _, _): removed.insert(offset)
            case .insert(let offset, _, _): inserted.insert(offset)
            }
        }
        var lines: [Line] = []
        var (i, j) = (0, 0)
        while i < oldLines.count || j < newLines.count {
            if removed.contains(i) {
                lines.append(Line(mark: "-", text: oldLines[i], old: i, new: j))
                i += 1
            } else if inserted.contains(j) {
                lines.append(Line(mark: "+", text: newLines[j], old: i, new: j))
                j += 1
            } else {
                lines.append(Line(mark: " ", text: oldLines[i], old: i, new: j))
                i += 1
                j += 1
            }
        }
        self.lines = lines
    }

    /// A text's lines; the last one tells whether it ends with a line feed, so that it counts for another without.
    private static func lines(_ text: String) -> [Substring] {
        var lines = text.split(separator: "\n", omittingEmptySubsequences: false)
        if lines.last?.isEmpty == true { lines.removeLast() }
        guard !text.isEmpty, !text.hasSuffix("\n"), let last = lines.popLast() else { return lines }
        return lines + [last + "\n"]
    }

    public var isEmpty: Bool { !lines.contains { $0.mark != " " } }

    /// - Parameters:
    ///   - oldName: what stands behind `---`.
    ///   - newName: what stands behind `+++`.
    public func text(_ oldName: String, _ newName: String) -> String {
        guard !isEmpty else { return "" }
        return "--- \(oldName)\n+++ \(newName)\n" + hunks.map(text(of:)).joined()
    }

    /// Ranges of lines: changes, and what is around them.
    private var hunks: [Range<Int>] {
        var hunks: [Range<Int>] = []
        for (index, line) in lines.enumerated() where line.mark != " " {
            let range = max(0, index - Self.context)..<min(lines.count, index + Self.context + 1)
            if let last = hunks.last, last.upperBound >= range.lowerBound {
                hunks[hunks.count - 1] = last.lowerBound..<range.upperBound
            } else {
                hunks.append(range)
            }
        }
        return hunks
    }

    private func text(of hunk: Range<Int>) -> String {
        let part = lines[hunk]
        guard let first = part.first else { return "" }
        let old = place(first.old, part.count { $0.mark != "+" })
        let new = place(first.new, part.count { $0.mark != "-" })
        let body = part.map { line in
            // Such a line has its line feed in its text already.
            let end = line.text.hasSuffix("\n") ? "\\ No newline at end of file\n" : "\n"
            return "\(line.mark)\(line.text)\(end)"
        }
        return "@@ -\(old) +\(new) @@\n" + body.joined()
    }

    /// `12,3`; a range of none is told by the line before it.
    private func place(_ before: Int, _ count: Int) -> String {
        count == 1 ? "\(before + 1)" : "\(count == 0 ? before : before + 1),\(count)"
    }
}
