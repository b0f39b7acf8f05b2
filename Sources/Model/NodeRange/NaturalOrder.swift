/// Where one name stands to another in natural order.
enum NameOrder {
    case before
    case same
    case after
}

/// Compares two names as people do: runs of digits count as numbers, so that `n2` stands before `n10`.
///
/// Names that differ only in leading zeros (`n1`, `n01`) are ordered by their bytes, so that only identical names are
/// the same.
func naturalOrder(_ left: String, _ right: String) -> NameOrder {
    let order = left.utf8.withContiguousStorageIfAvailable { leftBytes in
        right.utf8.withContiguousStorageIfAvailable { rightBytes in naturalOrder(leftBytes, rightBytes) }
    }
    if case .some(.some(let known)) = order { return known }
    return Array(left.utf8).withUnsafeBufferPointer { leftBytes in
        Array(right.utf8).withUnsafeBufferPointer { rightBytes in naturalOrder(leftBytes, rightBytes) }
    }
}

/// True when `left` stands before `right` in natural order: `n2` before `n10`. A strict total order.
public func naturallyPrecedes(_ left: String, _ right: String) -> Bool { naturalOrder(left, right) == .before }

private func naturalOrder(_ left: UnsafeBufferPointer<UInt8>, _ right: UnsafeBufferPointer<UInt8>) -> NameOrder {
    var leftIndex = 0
    var rightIndex = 0
    while leftIndex < left.count, rightIndex < right.count {
        let leftByte = left[leftIndex]
        let rightByte = right[rightIndex]
        if isDigit(leftByte), isDigit(rightByte) {
            let leftRun = digitRun(left, &leftIndex)
            let rightRun = digitRun(right, &rightIndex)
            if leftRun.count != rightRun.count { return leftRun.count < rightRun.count ? .before : .after }
            for offset in 0..<leftRun.count {
                let leftDigit = left[leftRun.lowerBound + offset]
                let rightDigit = right[rightRun.lowerBound + offset]
                if leftDigit != rightDigit { return leftDigit < rightDigit ? .before : .after }
            }
        } else {
            if leftByte != rightByte { return leftByte < rightByte ? .before : .after }
            leftIndex += 1
            rightIndex += 1
        }
    }
    if leftIndex < left.count { return .after }
    if rightIndex < right.count { return .before }
    return byteOrder(left, right)
}

/// Moves `index` past the digits that begin there; gives the place of those behind the leading zeros.
private func digitRun(_ bytes: UnsafeBufferPointer<UInt8>, _ index: inout Int) -> Range<Int> {
    while index < bytes.count, bytes[index] == UInt8(ascii: "0") { index += 1 }
    let start = index
    while index < bytes.count, isDigit(bytes[index]) { index += 1 }
    return start..<index
}

private func byteOrder(_ left: UnsafeBufferPointer<UInt8>, _ right: UnsafeBufferPointer<UInt8>) -> NameOrder {
    for (leftByte, rightByte) in zip(left, right) where leftByte != rightByte {
        return leftByte < rightByte ? .before : .after
    }
    if left.count == right.count { return .same }
    return left.count < right.count ? .before : .after
}

@inline(__always)
func isDigit(_ byte: UInt8) -> Bool { byte &- UInt8(ascii: "0") < 10 }
