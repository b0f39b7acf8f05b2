import MusterBase

/// What a transaction asks for before it changes anything.
public enum Condition: Sendable, Hashable {
    case exists(String)
    case absent(String)
    /// The key exists and was last put by that revision.
    case modRevision(String, StoreRevision)
    /// The key exists and has that value.
    case value(String, [UInt8])

    public var key: String {
        switch self {
        case .exists(let key), .absent(let key), .modRevision(let key, _), .value(let key, _): key
        }
    }

    /// Whether it holds for the entry under its key.
    public func holds(for entry: StoreEntry?) -> Bool {
        switch self {
        case .exists: entry != nil
        case .absent: entry == nil
        case .modRevision(_, let revision): entry?.modRevision == revision
        case .value(_, let value): entry?.value == value
        }
    }
}

extension Condition: CustomStringConvertible {
    /// Names the key, never a value: values may be secret.
    public var description: String {
        switch self {
        case .exists(let key): "'\(key)' exists"
        case .absent(let key): "'\(key)' does not exist"
        case .modRevision(let key, let revision): "'\(key)' is of revision \(revision)"
        case .value(let key, _): "'\(key)' has the expected value"
        }
    }
}

/// One change within a transaction.
public enum Change: Sendable, Hashable {
    case put(String, [UInt8])
    /// Does nothing if the key does not exist.
    case delete(String)
    /// Deletes every key that begins with the text, which must not be empty.
    case deletePrefix(String)
}

/// Conditions, and changes that are done if all of them hold.
///
/// The order of the changes has no meaning: no key may be changed by two of them, as in etcd.
public struct Transaction: Sendable, Hashable {
    public var conditions: [Condition]
    public var changes: [Change]

    public init(conditions: [Condition] = [], changes: [Change] = []) {
        self.conditions = conditions
        self.changes = changes
    }

    /// Throws `invalidInput` for a bad key, a value too long, or a key that is changed twice.
    public func validate() throws(MusterError) {
        for condition in conditions { try checkStoreKey(condition.key) }
        var keys = Set<String>(minimumCapacity: changes.count)
        var prefixes: [String] = []
        for change in changes {
            switch change {
            case .put(let key, let value):
                guard value.count <= storeValueLimit else {
                    throw MusterError(
                        .invalidInput,
                        "the value for '\(key)' has \(value.count) octets, more than \(storeValueLimit)"
                    )
                }
                try add(key, to: &keys)
            case .delete(let key): try add(key, to: &keys)
            case .deletePrefix(let prefix):
                try checkStoreKey(prefix)
                prefixes.append(prefix)
            }
        }
        try checkOverlap(keys, prefixes)
    }

    private func add(_ key: String, to keys: inout Set<String>) throws(MusterError) {
        try checkStoreKey(key)
        guard keys.insert(key).inserted else {
            throw MusterError(.invalidInput, "the transaction changes '\(key)' twice")
        }
    }

    /// Sorted, a prefix stands right before what begins with it: one look at the neighbour is enough.
    private func checkOverlap(_ keys: Set<String>, _ prefixes: [String]) throws(MusterError) {
        guard !prefixes.isEmpty else { return }
        let sorted = prefixes.sorted()
        for (prefix, next) in zip(sorted, sorted.dropFirst()) where next.hasPrefix(prefix) {
            throw MusterError(.invalidInput, "the transaction deletes '\(next)' twice")
        }
        for key in keys {
            let index = partitionIndex(sorted) { $0 <= key }
            if index > 0, key.hasPrefix(sorted[index - 1]) {
                let prefix = sorted[index - 1]
                throw MusterError(.invalidInput, "the transaction changes '\(key)' and deletes all of '\(prefix)'")
            }
        }
    }
}

/// How a transaction ended.
public enum TransactionResult: Sendable, Hashable {
    /// Done. The revision is the new one, or the present one if there was nothing to change.
    case committed(StoreRevision)
    /// Nothing was done: the condition of that index does not hold.
    case conflict(condition: Int)
}
