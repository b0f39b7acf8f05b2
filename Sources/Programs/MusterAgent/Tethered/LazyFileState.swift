import MusterBase

/// Bounds of a lazy file.
package struct LazyFileSettings: Sendable, Codable, Hashable {
    /// Octets of chunks that are kept in memory.
    package var cacheLimit: Int
    /// The same of those that were read already: they lie in the kernel's page cache as well.
    package var readCacheLimit: Int
    /// The same as ``cacheLimit`` once nothing was fetched for a while: what is in use lies unpacked in the kernel's page cache by then.
    package var restingCacheLimit: Int
    /// Chunks that are fetched at a time because somebody waits for them.
    package var demandedAtOnce: Int
    /// Chunks that are fetched at a time before somebody asks.
    package var backgroundAtOnce: Int
    /// The same, of those that are not read-ahead, while somebody waits.
    package var backgroundBesideDemand: Int
    /// How far ahead of a reader that reads on, in chunks.
    package var longestReadAhead: Int

    package init(
        cacheLimit: Int = 64 << 20, readCacheLimit: Int = 16 << 20, restingCacheLimit: Int = 1 << 20,
        demandedAtOnce: Int = 16, backgroundAtOnce: Int = 6, backgroundBesideDemand: Int = 2, longestReadAhead: Int = 8
    ) {
        self.cacheLimit = cacheLimit
        self.readCacheLimit = max(0, min(readCacheLimit, cacheLimit))
        self.restingCacheLimit = max(0, min(restingCacheLimit, cacheLimit))
        self.demandedAtOnce = max(1, demandedAtOnce)
        self.backgroundAtOnce = max(0, backgroundAtOnce)
        self.backgroundBesideDemand = max(0, backgroundBesideDemand)
        self.longestReadAhead = max(0, longestReadAhead)
    }
}

/// What a lazy file has, who waits for what, and what is fetched next. No I/O: chunks and reads come in, and what is to
/// be done goes out.
struct LazyFileState: Sendable {
    /// A part of an answer.
    enum Part: Sendable {
        case memory(ArraySlice<UInt8>)
        /// These octets lie in the store.
        case stored(Range<Int64>)
    }

    enum Answer: Sendable {
        case ready([Part])
        /// It will be in what ``arrived(_:_:isStored:)`` returns, under this number.
        case waits(UInt64)
    }

    /// A read that has all that it waited for.
    struct Delivery: Sendable {
        let read: UInt64
        let parts: [Part]
    }

    struct Fetch: Sendable {
        let chunk: Int
        let urgency: FetchUrgency
    }

    private struct Waiting: Sendable {
        let range: Range<Int64>
        let chunks: ClosedRange<Int>
        let since: Duration
        /// What has come for it, so that nothing is lost to the cache's limit.
        var parts: [Int: Part]
    }

    let layout: ChunkLayout
    let settings: LazyFileSettings
    /// Chunks that were asked for at some time, in the order of the first.
    private(set) var askedOrder: [Int] = []
    /// How many chunks were fetched, from members or from a disk.
    private(set) var fetchedCount = 0
    /// True while chunks go to the store.
    private(set) var isFilling: Bool
    /// How many chunks are in the store.
    private(set) var storedCount = 0

    private var cache: ChunkCache
    private var readAhead: ReadAhead
    private var wasAsked: [Bool]
    private var isStored: [Bool]
    private var waiting: [UInt64: Waiting] = [:]
    private var readsWaiting: [Int: [UInt64]] = [:]
    private var lastRead: UInt64 = 0
    private var running: [Int: FetchUrgency] = [:]
    /// Chunks to fetch, by falling urgency.
    private var demanded: [Int] = []
    private var ahead: [Int] = []
    private var recorded: ArraySlice<Int>
    private var fill: Range<Int>
    private var fillRounds = 0
    /// Chunks that are fetched for the store alone.
    private var filling: Set<Int> = []
    /// True where what is stored can be read at its place; else it comes from the source as before.
    private var isInPlace = true

    /// - Parameters:
    ///   - recordedOrder: what a former boot asked for: it is fetched ahead.
    ///   - isFilled: true to fetch all chunks in the end, for a store.
    init(layout: ChunkLayout, settings: LazyFileSettings, recordedOrder: [Int], isFilled: Bool) {
        self.layout = layout
        self.settings = settings
        cache = ChunkCache(limit: settings.cacheLimit, readLimit: settings.readCacheLimit)
        readAhead = ReadAhead(longestWindow: settings.longestReadAhead)
        wasAsked = Array(repeating: false, count: layout.count)
        isStored = Array(repeating: false, count: layout.count)
        recorded = recordedOrder.filter { (0..<layout.count).contains($0) }[...]
        isFilling = isFilled
        fill = isFilled ? 0..<layout.count : 0..<0
    }

    /// Octets of chunks in memory.
    var cachedSize: Int { cache.size }

    /// When the read began that waits for the longest time; nil when none waits.
    var waitingSince: Duration? { waiting.values.map(\.since).min() }

    /// True when all is in the store: the members are not needed any more.
    var isComplete: Bool { storedCount == layout.count }

    /// Gives memory back that a machine at rest does not need.
    mutating func rest() { cache.shrink(to: settings.restingCacheLimit) }

    // MARK: Reads

    /// Takes a read of octets within the file.
    mutating func read(_ range: Range<Int64>, now: Duration) -> Answer {
        guard let chunks = layout.chunks(holding: range) else { return .ready([]) }
        var parts: [Int: Part] = [:]
        for chunk in chunks {
            noteAsked(chunk)
            if let part = find(chunk, range) { parts[chunk] = part }
        }
        if parts.count == chunks.count { return .ready(chunks.compactMap { parts[$0] }) }
        lastRead += 1
        for chunk in chunks where parts[chunk] == nil { demand(chunk, for: lastRead) }
        waiting[lastRead] = Waiting(range: range, chunks: chunks, since: now, parts: parts)
        return .waits(lastRead)
    }

    private mutating func find(_ chunk: Int, _ range: Range<Int64>) -> Part? {
        if isReadable(chunk) { return .stored(layout.range(of: chunk).clamped(to: range)) }
        return cache.read(chunk).map { part(of: chunk, $0, range) }
    }

    /// What of a chunk's octets lies in a range of the file.
    private func part(of chunk: Int, _ octets: [UInt8], _ range: Range<Int64>) -> Part {
        let whole = layout.range(of: chunk)
        let wanted = whole.clamped(to: range)
        return .memory(octets[Int(wanted.lowerBound - whole.lowerBound)..<Int(wanted.upperBound - whole.lowerBound)])
    }

    private mutating func noteAsked(_ chunk: Int) {
        if !wasAsked[chunk] {
            wasAsked[chunk] = true
            askedOrder.append(chunk)
        }
        for next in readAhead.noteRead(chunk, of: layout.count) where isMissing(next) && !ahead.contains(next) {
            ahead.append(next)
        }
        // Whoever asked for them is elsewhere by now.
        let limit = 8 * max(1, settings.longestReadAhead)
        if ahead.count > limit { ahead.removeFirst(ahead.count - limit) }
    }

    private mutating func demand(_ chunk: Int, for read: UInt64) {
        readsWaiting[chunk, default: []].append(read)
        if let urgency = running[chunk] {
            urgency.raise()
        } else if !demanded.contains(chunk) {
            demanded.append(chunk)
        }
    }

    // MARK: Chunks

    /// Whether it can be read at its place in the store.
    private func isReadable(_ chunk: Int) -> Bool { isInPlace && isStored[chunk] }

    private func isMissing(_ chunk: Int) -> Bool {
        !isReadable(chunk) && running[chunk] == nil && !cache.contains(chunk)
    }

    /// What is to be fetched now. Each is answered by ``arrived(_:_:isStored:)`` or ``gaveUp(_:)``.
    mutating func takeFetches() -> [Fetch] {
        var fetches: [Fetch] = []
        while !demanded.isEmpty, runningCount(isDemanded: true) < settings.demandedAtOnce {
            begin(demanded.removeFirst(), isDemanded: true, &fetches)
        }
        while runningCount(isDemanded: false) < settings.backgroundAtOnce, let next = nextAhead() {
            begin(next, isDemanded: false, &fetches)
        }
        let limit = waiting.isEmpty ? settings.backgroundAtOnce : settings.backgroundBesideDemand
        while runningCount(isDemanded: false) < limit, let next = nextInBackground() {
            begin(next, isDemanded: false, &fetches)
        }
        return fetches
    }

    private func runningCount(isDemanded: Bool) -> Int {
        running.values.reduce(0) { $0 + ($1.isDemanded == isDemanded ? 1 : 0) }
    }

    private mutating func begin(_ chunk: Int, isDemanded: Bool, _ fetches: inout [Fetch]) {
        let urgency = FetchUrgency(isDemanded: isDemanded)
        running[chunk] = urgency
        fetches.append(Fetch(chunk: chunk, urgency: urgency))
    }

    private mutating func nextAhead() -> Int? {
        while !ahead.isEmpty {
            let chunk = ahead.removeFirst()
            if isMissing(chunk), !demanded.contains(chunk) { return chunk }
        }
        return nil
    }

    private mutating func nextInBackground() -> Int? {
        // What was fetched ahead must not push out what is used.
        let onTheWay = running.reduce(0) { $0 + ($1.value.isDemanded ? 0 : layout.length(of: $1.key)) }
        if isFilling && isInPlace || cache.unreadSize + onTheWay < cache.limit / 2 {
            while let chunk = recorded.popFirst() {
                if isMissing(chunk), !demanded.contains(chunk) { return chunk }
            }
        }
        return nextToFill()
    }

    private mutating func nextToFill() -> Int? {
        while let chunk = fill.popFirst() {
            guard !isStored[chunk], running[chunk] == nil, !demanded.contains(chunk) else { continue }
            if !isInPlace { filling.insert(chunk) }
            return chunk
        }
        // What was on its way when the store came was not kept.
        guard isFilling, !isInPlace, !isComplete, fillRounds < 8, !running.keys.contains(where: { !isStored[$0] })
        else { return nil }
        fillRounds += 1
        fill = 0..<layout.count
        return nextToFill()
    }

    /// From now on all chunks are fetched in the end, for a store that their source writes and asks first.
    mutating func fillBehindSource() {
        isFilling = true
        isInPlace = false
        fill = 0..<layout.count
    }

    /// Takes a chunk that was fetched.
    ///
    /// - Parameter isStored: true when it was written to the store, and need not be kept in memory.
    mutating func arrived(_ chunk: Int, _ octets: [UInt8], isStored: Bool) -> [Delivery] {
        running[chunk] = nil
        let isForStore = filling.remove(chunk) != nil
        fetchedCount += 1
        let reads = readsWaiting.removeValue(forKey: chunk) ?? []
        if isStored { noteStored(chunk) }
        if !isReadable(chunk), !isForStore || !reads.isEmpty {
            cache.insert(chunk, octets, wasRead: !reads.isEmpty)
        }
        return reads.compactMap { deliver($0, chunk, octets) }
    }

    private mutating func noteStored(_ chunk: Int) {
        guard !isStored[chunk] else { return }
        isStored[chunk] = true
        storedCount += 1
        if isInPlace { cache.remove(chunk) }
    }

    private mutating func deliver(_ read: UInt64, _ chunk: Int, _ octets: [UInt8]) -> Delivery? {
        guard var entry = waiting.removeValue(forKey: read) else { return nil }
        entry.parts[chunk] = part(of: chunk, octets, entry.range)
        guard entry.parts.count == entry.chunks.count else {
            waiting[read] = entry
            return nil
        }
        return Delivery(read: read, parts: entry.chunks.compactMap { entry.parts[$0] })
    }

    /// A fetch ended without a chunk: it is fetched again when somebody waits for it.
    mutating func gaveUp(_ chunk: Int) {
        running[chunk] = nil
        filling.remove(chunk)
        if readsWaiting[chunk] != nil { demanded.append(chunk) }
    }

    /// The store takes nothing any more: what it has stays.
    mutating func stopFilling() {
        isFilling = false
        fill = 0..<0
    }

    /// What the store had cannot be read any more.
    mutating func loseStore() {
        stopFilling()
        isStored = Array(repeating: false, count: layout.count)
        storedCount = 0
    }
}
