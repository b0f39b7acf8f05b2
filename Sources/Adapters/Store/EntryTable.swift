/// Entries by key, with the keys in order for ranges. The order is made when it is first asked for.
struct EntryTable {
    private var byKey: [String: StoreEntry] = [:]
    /// All keys, and perhaps some that were removed since.
    private var sorted: [String]?

    subscript(_ key: String) -> StoreEntry? { byKey[key] }

    mutating func put(_ entry: StoreEntry) {
        if byKey.updateValue(entry, forKey: entry.key) == nil { sorted = nil }
    }

    /// Whether there was such a key.
    mutating func remove(_ key: String) -> Bool { byKey.removeValue(forKey: key) != nil }

    mutating func entries(
        _ prefix: String,
        startingAfter: String?,
        limit: Int
    ) -> (entries: [StoreEntry], hasMore: Bool) {
        let keys = order()
        var index = partitionIndex(keys) { $0 < prefix }
        if let startingAfter { index = max(index, partitionIndex(keys) { $0 <= startingAfter }) }
        var found: [StoreEntry] = []
        while index < keys.count, keys[index].hasPrefix(prefix) {
            if let entry = byKey[keys[index]] {
                if found.count == limit { return (found, true) }
                found.append(entry)
            }
            index += 1
        }
        return (found, false)
    }

    private mutating func order() -> [String] {
        if let sorted, sorted.count <= byKey.count * 2 + 64 { return sorted }
        let keys = byKey.keys.sorted()
        sorted = keys
        return keys
    }
}

/// The first index whose text does not lie before; all that lie before stand first.
func partitionIndex(_ texts: [String], _ liesBefore: (String) -> Bool) -> Int {
    var low = 0
    var high = texts.count
    while low < high {
        let middle = (low + high) / 2
        if liesBefore(texts[middle]) { low = middle + 1 } else { high = middle }
    }
    return low
}
