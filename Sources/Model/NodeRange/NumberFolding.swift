/// Numbers in a row that are written with the same padding.
struct NumberRun: Hashable {
    let width: Int
    var first: UInt64
    var last: UInt64

    var isSingle: Bool { first == last }
}

/// The numbers of names of one shape: a row a name, a column for each number of the shape.
struct NumberTable {
    /// A number with the padding that it is taken to have, in an order that folds well.
    private struct Cell: Hashable, Comparable {
        let width: Int
        let value: UInt64

        static func < (left: Cell, right: Cell) -> Bool {
            left.width != right.width ? left.width < right.width : left.value < right.value
        }
    }

    private let columns: Int
    private let cells: [Cell]

    /// - Parameter numbers: The rows behind each other; at least one row.
    init(columns: Int, numbers: [WrittenNumber]) {
        self.columns = columns
        var widths: [[Int]] = Array(repeating: [], count: columns)
        var column = 0
        for number in numbers {
            if number.isPadded, !widths[column].contains(number.digits) { widths[column].append(number.digits) }
            column = column + 1 == columns ? 0 : column + 1
        }
        let descending = widths.map { $0.sorted(by: >) }
        column = 0
        cells = numbers.map { number in
            defer { column = column + 1 == columns ? 0 : column + 1 }
            // 10 goes with 08 and 09: written with that padding it looks the same.
            let width = descending[column].first { $0 <= number.digits } ?? 1
            return Cell(width: number.isPadded ? number.digits : width, value: number.value)
        }
    }

    /// Boxes that together hold each row once: for each column the runs of its numbers.
    func folded() -> [[[NumberRun]]] {
        let varying = (0..<columns).filter { column in
            stride(from: column, to: cells.count, by: columns).contains { cells[$0] != cells[column] }
        }
        guard let innermost = varying.last else { return [(0..<columns).map { [run(cells[$0])] }] }
        if varying.count == 1 {
            let values = stride(from: innermost, to: cells.count, by: columns).map { cells[$0] }
            return [(0..<columns).map { $0 == innermost ? runs(ofUnsorted: values) : [run(cells[$0])] }]
        }
        var boxes = foldRows(innermost)
        for column in varying.dropLast().reversed() { boxes = merge(boxes, along: column) }
        return boxes
    }

    private func run(_ cell: Cell) -> NumberRun { NumberRun(width: cell.width, first: cell.value, last: cell.value) }

    private func runs(ofUnsorted values: [Cell]) -> [NumberRun] {
        let isSorted = zip(values, values.dropFirst()).allSatisfy { $0 < $1 }
        var runs: [NumberRun] = []
        for cell in isSorted ? values : values.sorted() {
            if let last = runs.last, last.width == cell.width, last.last + 1 == cell.value {
                runs[runs.count - 1].last = cell.value
            } else {
                runs.append(run(cell))
            }
        }
        return runs
    }

    /// Folds rows that differ in one column only.
    private func foldRows(_ column: Int) -> [[[NumberRun]]] {
        var boxes: [[[NumberRun]]] = []
        var values: [[Cell]] = []
        var indexOfKey: [[Cell]: Int] = [:]
        var current = -1
        var currentKey: [Cell] = []
        for start in stride(from: 0, to: cells.count, by: columns) {
            let row = cells[start..<start + columns]
            var key = Array(row)
            key[column] = Cell(width: 0, value: 0)
            if current < 0 || key != currentKey {
                if let known = indexOfKey[key] {
                    current = known
                } else {
                    current = boxes.count
                    indexOfKey[key] = current
                    boxes.append(row.map { [run($0)] })
                    values.append([])
                }
                currentKey = key
            }
            values[current].append(row[start + column])
        }
        for index in boxes.indices { boxes[index][column] = runs(ofUnsorted: values[index]) }
        return boxes
    }

    /// Joins boxes that differ in one column only.
    private func merge(_ boxes: [[[NumberRun]]], along column: Int) -> [[[NumberRun]]] {
        var merged: [[[NumberRun]]] = []
        var indexOfKey: [[[NumberRun]]: Int] = [:]
        for box in boxes {
            var key = box
            key[column] = []
            if let known = indexOfKey[key] {
                merged[known][column].append(contentsOf: box[column])
            } else {
                indexOfKey[key] = merged.count
                merged.append(box)
            }
        }
        for index in merged.indices { merged[index][column] = joined(merged[index][column]) }
        return merged
    }

    private func joined(_ runs: [NumberRun]) -> [NumberRun] {
        var joined: [NumberRun] = []
        let sorted = runs.sorted { $0.width != $1.width ? $0.width < $1.width : $0.first < $1.first }
        for run in sorted {
            if let last = joined.last, last.width == run.width, last.last + 1 == run.first {
                joined[joined.count - 1].last = run.last
            } else {
                joined.append(run)
            }
        }
        return joined
    }
}
