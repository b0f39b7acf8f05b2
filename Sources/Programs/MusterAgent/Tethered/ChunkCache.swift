/// Chunks in memory, up to a limit. The one that was not used for the longest time goes first.
struct ChunkCache: Sendable {
    private struct Entry: Sendable {
        let octets: [UInt8]
        var use: UInt64
        /// False for what was fetched ahead and nobody has read yet.
        var wasRead: Bool
    }

    /// In octets.
    let limit: Int
    /// Octets held now; never more than the limit.
    private(set) var size = 0
    /// Octets of those that nobody has read yet.
    private(set) var unreadSize = 0
    private var entries: [Int: Entry] = [:]
    /// Uses in order, the oldest first. Only the last one of an entry counts.
    private var uses: [(chunk: Int, use: UInt64)] = []
    private var firstUse = 0
    private var count: UInt64 = 0

    init(limit: Int) { self.limit = max(0, limit) }

    func contains(_ chunk: Int) -> Bool { entries[chunk] != nil }

    /// Gives a chunk to a reader.
    mutating func read(_ chunk: Int) -> [UInt8]? {
        guard var entry = entries[chunk] else { return nil }
        if !entry.wasRead {
            entry.wasRead = true
            unreadSize -= entry.octets.count
        }
        entry.use = note(chunk)
        entries[chunk] = entry
        return entry.octets
    }

    /// Keeps a chunk. One that is larger than the limit is not kept.
    mutating func insert(_ chunk: Int, _ octets: [UInt8], wasRead: Bool) {
        remove(chunk)
        guard octets.count <= limit else { return }
        while size + octets.count > limit, removeOldest() {}
        entries[chunk] = Entry(octets: octets, use: note(chunk), wasRead: wasRead)
        size += octets.count
        if !wasRead { unreadSize += octets.count }
    }

    /// Lets go of what was not used for the longest time until no more than so many octets are held.
    mutating func shrink(to size: Int) { while self.size > size, removeOldest() {} }

    mutating func remove(_ chunk: Int) {
        guard let entry = entries.removeValue(forKey: chunk) else { return }
        size -= entry.octets.count
        if !entry.wasRead { unreadSize -= entry.octets.count }
    }

    private mutating func note(_ chunk: Int) -> UInt64 {
        count += 1
        // What no longer counts is thrown away before it is more than what does.
        if uses.count > 2 * entries.count + 64 {
            uses = uses[firstUse...].filter { entries[$0.chunk]?.use == $0.use }
            firstUse = 0
        }
        uses.append((chunk, count))
        return count
    }

    private mutating func removeOldest() -> Bool {
        while firstUse < uses.count {
            let (chunk, use) = uses[firstUse]
            firstUse += 1
            if entries[chunk]?.use == use {
                remove(chunk)
                return true
            }
        }
        return false
    }
}
