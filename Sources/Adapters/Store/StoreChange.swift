/// What happened to one key.
public enum StoreChange: Sendable, Hashable {
    case put(StoreEntry)
    case delete(String)

    public var key: String {
        switch self {
        case .put(let entry): entry.key
        case .delete(let key): key
        }
    }
}

/// The changes of one transaction; a watcher is given those under its prefix.
public struct StoreChangeBatch: Sendable, Hashable {
    public let revision: StoreRevision
    /// Never empty; each key once.
    public let changes: [StoreChange]

    public init(revision: StoreRevision, changes: [StoreChange]) {
        self.revision = revision
        self.changes = changes
    }

    /// The part of it under a prefix, or nil if there is none.
    package func under(_ prefix: String) -> StoreChangeBatch? {
        let part = prefix.isEmpty ? changes : changes.filter { $0.key.hasPrefix(prefix) }
        return part.isEmpty ? nil : StoreChangeBatch(revision: revision, changes: part)
    }
}
