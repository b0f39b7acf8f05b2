extension NodeSet {
    /// The set as a short noderange: `n[1-3,7],r[1-4]u[1-42]`. Reading it back gives the same set, as long as the names
    /// are made of letters, digits, `-`, `_` and `.`, and do not begin with `-`.
    public var shortened: String {
        var folder = NameFolder()
        for name in names { folder.add(name) }
        return folder.text
    }
}

/// Collects names by their shape, the text without the numbers, and folds the numbers of each shape.
private struct NameFolder {
    private var shapes: [FoldedShape] = []
    private var indexOfShape: [[UInt8]: Int] = [:]
    private var tokens = NameTokens()
    /// The shape of the name before: names of one shape mostly follow each other.
    private var current = -1

    mutating func add(_ name: String) {
        tokens.read(name.utf8)
        if current < 0 || shapes[current].shape != tokens.shape {
            if let known = indexOfShape[tokens.shape] {
                current = known
            } else {
                current = shapes.count
                indexOfShape[tokens.shape] = current
                shapes.append(FoldedShape(shape: tokens.shape))
            }
        }
        shapes[current].add(tokens.numbers)
    }

    /// The terms of all shapes, each shape at the place of its first name.
    var text: String {
        var output: [UInt8] = []
        for shape in shapes { shape.write(to: &output) }
        return String(decoding: output, as: UTF8.self)
    }
}

/// All names of one shape.
private struct FoldedShape {
    let shape: [UInt8]
    /// One row a name, all rows behind each other.
    private var numbers: [WrittenNumber] = []

    init(shape: [UInt8]) { self.shape = shape }

    private var columns: Int { shape.reduce(0) { $0 + ($1 == NameTokens.placeholder ? 1 : 0) } }

    mutating func add(_ row: [WrittenNumber]) { numbers.append(contentsOf: row) }

    func write(to output: inout [UInt8]) {
        let columns = columns
        guard columns > 0 else {
            write([], to: &output)
            return
        }
        let padded = NumberTable(columns: columns, numbers: numbers)
        for box in padded.folded() { write(box, to: &output) }
    }

    /// Writes one term; `box` holds the numbers of each column.
    private func write(_ box: [[NumberRun]], to output: inout [UInt8]) {
        if !output.isEmpty { output.append(UInt8(ascii: ",")) }
        let start = output.count
        var bracketed = false
        for attempt in 0..<2 {
            var column = 0
            for byte in shape {
                guard byte == NameTokens.placeholder, column < box.count else {
                    output.append(byte)
                    continue
                }
                // A name that could be read as from–to gets brackets, which rule that reading out.
                let plain = box[column].count == 1 && box[column][0].isSingle && !(attempt == 1 && column == 0)
                bracketed = bracketed || !plain
                writeRuns(box[column], plain: plain, to: &output)
                column += 1
            }
            guard attempt == 0, !bracketed, readsAsRange(output[start...]) else { return }
            output.removeLast(output.count - start)
        }
    }

    private func readsAsRange(_ name: ArraySlice<UInt8>) -> Bool {
        guard name.contains(UInt8(ascii: "-")) || name.contains(UInt8(ascii: ":")) else { return false }
        do throws(RangeProblem) {
            return try FromToForm.read(String(decoding: name, as: UTF8.self)) != nil
        } catch {
            return true
        }
    }
}

private func writeRuns(_ runs: [NumberRun], plain: Bool, to output: inout [UInt8]) {
    if !plain { output.append(UInt8(ascii: "[")) }
    for (index, run) in runs.enumerated() {
        if index > 0 { output.append(UInt8(ascii: ",")) }
        appendDecimal(run.first, width: run.width, to: &output)
        if !run.isSingle {
            output.append(UInt8(ascii: "-"))
            appendDecimal(run.last, width: run.width, to: &output)
        }
    }
    if !plain { output.append(UInt8(ascii: "]")) }
}
