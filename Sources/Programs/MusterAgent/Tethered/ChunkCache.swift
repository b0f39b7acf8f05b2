/// Chunks in memory, up to a limit. What was read goes before what nobody has read yet, and of each kind the one that was
/// not used for the longest time.
struct ChunkCache: Sendable {
    private struct Entry: Sendable {
        let octets: [UInt8]
        var use: UInt64
        /// False for what was fetched ahead and nobody has read yet.
        var wasRead: Bool
    }

    /// Chunks of one kind in the order of their use, the oldest first. Only the last use of a chunk counts.
    private struct Uses: Sendable {
        private var all: [(chunk: Int, use: UInt64)] = []
        private var first = 0

        mutating func append(_ chunk: Int, _ use: UInt64, of entries: [Int: Entry]) {
            // What no longer counts is thrown away before it is more than what does.
            if all.count > 2 * entries.count + 64 {
                all = all[first...].filter { entries[$0.chunk]?.use == $0.use }
                first = 0
            }
            all.append((chunk, use))
        }

        mutating func popOldest(of entries: [Int: Entry]) -> Int? {
            while first < all.count {
                let (chunk, use) = all[first]
                first += 1
                if entries[chunk]?.use == use { return chunk }
            }
            return nil
        }
    }

    /// In octets.
    let limit: Int
    /// The same for those that were read: what is in use lies in the kernel's page cache as well.
    let readLimit: Int
    /// Octets held now; never more than the limit.
    private(set) var size = 0
    /// Octets of those that nobody has read yet.
    private(set) var unreadSize = 0
    private var entries: [Int: Entry] = [:]
    private var readUses = Uses()
    private var unreadUses = Uses()
    private var count: UInt64 = 0

    init(limit: Int, readLimit: Int? = nil) {
        self.limit = max(0, limit)
        self.readLimit = max(0, min(readLimit ?? limit, limit))
    }

    func contains(_ chunk: Int) -> Bool { entries[chunk] != nil }

    /// Gives a chunk to a reader.
    mutating func read(_ chunk: Int) -> [UInt8]? {
        guard var entry = entries[chunk] else { return nil }
        if !entry.wasRead {
            entry.wasRead = true
            unreadSize -= entry.octets.count
        }
        keep(chunk, &entry)
        while size - unreadSize > readLimit, removeOldest(wasRead: true) {}
        return entry.octets
    }

    /// Keeps a chunk. One that is larger than the limit is not kept.
    mutating func insert(_ chunk: Int, _ octets: [UInt8], wasRead: Bool) {
        remove(chunk)
        guard octets.count <= (wasRead ? readLimit : limit) else { return }
        while wasRead, size - unreadSize + octets.count > readLimit, removeOldest(wasRead: true) {}
        while size + octets.count > limit, removeOldest() {}
        size += octets.count
        if !wasRead { unreadSize += octets.count }
        var entry = Entry(octets: octets, use: 0, wasRead: wasRead)
        keep(chunk, &entry)
    }

    /// Lets go of what was not used for the longest time until no more than so many octets are held.
    mutating func shrink(to size: Int) { while self.size > size, removeOldest() {} }

    mutating func remove(_ chunk: Int) {
        guard let entry = entries.removeValue(forKey: chunk) else { return }
        size -= entry.octets.count
        if !entry.wasRead { unreadSize -= entry.octets.count }
    }

    private mutating func keep(_ chunk: Int, _ entry: inout Entry) {
        count += 1
        entry.use = count
        entries[chunk] = entry
        if entry.wasRead {
            readUses.append(chunk, count, of: entries)
        } else {
            unreadUses.append(chunk, count, of: entries)
        }
    }

    private mutating func removeOldest() -> Bool { removeOldest(wasRead: true) || removeOldest(wasRead: false) }

    private mutating func removeOldest(wasRead: Bool) -> Bool {
        let oldest = wasRead ? readUses.popOldest(of: entries) : unreadUses.popOldest(of: entries)
        guard let oldest else { return false }
        remove(oldest)
        return true
    }
}
