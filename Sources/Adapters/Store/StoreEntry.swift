/// One key with its value.
public struct StoreEntry: Sendable, Hashable {
    public let key: String
    public let value: [UInt8]
    /// The revision that made the key; a key that is deleted and put again is made anew.
    public let createRevision: StoreRevision
    /// The revision that last put it.
    public let modRevision: StoreRevision

    public init(key: String, value: [UInt8], createRevision: StoreRevision, modRevision: StoreRevision) {
        self.key = key
        self.value = value
        self.createRevision = createRevision
        self.modRevision = modRevision
    }
}

/// Some entries in the order of their keys.
public struct StorePage: Sendable, Hashable {
    public let entries: [StoreEntry]
    /// The revision of the whole store that the entries were read at.
    public let revision: StoreRevision
    /// Whether there are entries behind the last one.
    public let hasMore: Bool

    public init(entries: [StoreEntry], revision: StoreRevision, hasMore: Bool) {
        self.entries = entries
        self.revision = revision
        self.hasMore = hasMore
    }
}
