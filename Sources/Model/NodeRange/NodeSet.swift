/// A set of names in natural order (`n2` before `n10`), each once.
public struct NodeSet: Sendable, Hashable {
    /// The names in natural order.
    public let names: [String]

    /// The empty set.
    public init() { names = [] }

    /// Sorts the names and drops repeated ones. Names that are in order already cost one comparison each.
    public init(_ names: some Sequence<String>) {
        let list = Array(names)
        if isStrictlyAscending(list) {
            self.names = list
            return
        }
        var unique: [String] = []
        unique.reserveCapacity(list.count)
        for name in list.sorted(by: naturallyPrecedes) where unique.last != name { unique.append(name) }
        self.names = unique
    }

    /// Takes names that are known to be in natural order, each once.
    package init(ascending names: [String]) { self.names = names }

    /// The place of `name`, or where it would have to be put in.
    private func search(_ name: String) -> (index: Int, found: Bool) {
        var low = 0
        var high = names.count
        while low < high {
            let middle = low + (high - low) / 2
            switch naturalOrder(names[middle], name) {
            case .same: return (middle, true)
            case .before: low = middle + 1
            case .after: high = middle
            }
        }
        return (low, false)
    }

    /// Finds a name in logarithmic time.
    public func contains(_ name: String) -> Bool { search(name).found }
}

private func isStrictlyAscending(_ names: [String]) -> Bool {
    guard names.count > 1 else { return true }
    for index in 1..<names.count where naturalOrder(names[index - 1], names[index]) != .before { return false }
    return true
}

extension NodeSet: RandomAccessCollection {
    public var startIndex: Int { 0 }
    public var endIndex: Int { names.count }
    public subscript(position: Int) -> String { names[position] }
}

extension NodeSet: ExpressibleByArrayLiteral {
    public init(arrayLiteral elements: String...) { self.init(elements) }
}

extension NodeSet: CustomStringConvertible {
    /// The short form, see ``shortened``.
    public var description: String { shortened }
}

// MARK: - Set operations

extension NodeSet {
    /// The names that are in either set.
    public func union(_ other: NodeSet) -> NodeSet {
        guard let last = names.last, let otherFirst = other.names.first else { return isEmpty ? other : self }
        if naturallyPrecedes(last, otherFirst) { return NodeSet(ascending: names + other.names) }
        var merged: [String] = []
        merged.reserveCapacity(count + other.count)
        var index = 0
        for name in other.names {
            while index < names.count, naturallyPrecedes(names[index], name) {
                merged.append(names[index])
                index += 1
            }
            if index < names.count, names[index] == name { index += 1 }
            merged.append(name)
        }
        merged.append(contentsOf: names[index...])
        return NodeSet(ascending: merged)
    }

    /// The names that are in this set and not in the other.
    public func subtracting(_ other: NodeSet) -> NodeSet { filtered(by: other, keepingShared: false) }

    /// The names that are in both sets.
    public func intersection(_ other: NodeSet) -> NodeSet {
        count <= other.count
            ? filtered(by: other, keepingShared: true) : other.filtered(by: self, keepingShared: true)
    }

    private func filtered(by other: NodeSet, keepingShared: Bool) -> NodeSet {
        if other.isEmpty || isEmpty { return keepingShared ? NodeSet() : self }
        // A walk through both is cheaper than a search for each name, unless the other set is much larger.
        if other.count / 16 > count {
            return NodeSet(ascending: names.filter { other.contains($0) == keepingShared })
        }
        var kept: [String] = []
        var index = 0
        for name in names {
            while index < other.count, naturallyPrecedes(other.names[index], name) { index += 1 }
            let shared = index < other.count && other.names[index] == name
            if shared == keepingShared { kept.append(name) }
        }
        return NodeSet(ascending: kept)
    }
}
