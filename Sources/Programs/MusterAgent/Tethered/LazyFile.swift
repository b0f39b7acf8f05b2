import LinuxSystem
import MusterBase
import Synchronization

/// How far a lazy file is.
package struct LazyFileProgress: Sendable, Hashable {
    /// Chunks that there are, that were fetched (from members, or from a disk), and that are in the store.
    package var (count, fetched, stored): (Int, Int, Int)
    /// Octets of chunks in memory, the store not counted.
    package var cachedSize: Int
    /// True when the members are not needed any more.
    package var isComplete: Bool
    /// The longest that a read has waited for the members, and was answered.
    package var longestWait: Duration
}

/// A file whose content comes when it is read. A read never fails: it waits until some member gives what it needs.
///
/// Each chunk is fetched once however many readers wait for it. What a reader will want next is fetched ahead: what
/// follows, and what a former boot asked for. With a store, all is fetched in the end.
package final class LazyFile: Sendable {
    package typealias Answer = @Sendable ([ArraySlice<UInt8>]) -> Void

    private struct Waiting: Sendable {
        let range: Range<Int64>
        let since: Duration
        let answer: Answer
    }

    private struct Interior: Sendable {
        var state: LazyFileState
        var waiting: [UInt64: Waiting] = [:]
        var fetches: [Int: Task<Void, Never>] = [:]
        var watch: Task<Void, Never>?
        var waits = WaitWatch()
        var longestWait = Duration.zero
        var disk: ChunkDisk?
        var isClosed = false
    }

    private let interior: Mutex<Interior>
    private let source: any ChunkSource
    private let store: ChunkStore?
    private let ticker: Ticker
    private let console: any LineOutput
    package let layout: ChunkLayout

    /// - Parameters:
    ///   - store: takes all chunks in the end; nil to keep no more than the cache's limit.
    ///   - recordedOrder: the ``askedOrder`` of a former boot.
    package init(
        layout: ChunkLayout, settings: LazyFileSettings = LazyFileSettings(), source: any ChunkSource,
        store: ChunkStore? = nil, recordedOrder: [Int] = [], ticker: Ticker = .system, console: any LineOutput
    ) {
        let state = LazyFileState(
            layout: layout, settings: settings, recordedOrder: recordedOrder, isFilled: store != nil)
        interior = Mutex(Interior(state: state))
        self.layout = layout
        self.source = source
        self.store = store
        self.ticker = ticker
        self.console = console
    }

    // MARK: Reading

    /// Has all chunks fetched in the end, for a disk that the source asks first and that gets what the members give.
    package func fill(_ disk: ChunkDisk) {
        interior.withLock { interior in
            interior.disk = disk
            interior.state.fillBehindSource()
        }
        startFetches()
    }

    /// Begins to fetch what is wanted before anybody asks. Without it, that begins with the first read.
    package func start() { startFetches() }

    /// Finds octets of the file; what lies outside of it is left out. It waits for nothing: `answer` is called now or
    /// from another thread.
    package func read(at offset: Int64, count: Int, _ answer: @escaping Answer) {
        let start = min(max(0, offset), layout.size)
        read(start..<start + min(Int64(max(0, count)), layout.size - start), answer)
    }

    private func read(_ range: Range<Int64>, _ answer: @escaping Answer) {
        let now = ticker.now()
        let ready = interior.withLock { interior -> [LazyFileState.Part]? in
            switch interior.state.read(range, now: now) {
            case .ready(let parts): return parts
            case .waits(let number):
                interior.waiting[number] = Waiting(range: range, since: now, answer: answer)
                if interior.watch == nil, !interior.isClosed { interior.watch = Task { await watchWaits() } }
                return nil
            }
        }
        startFetches()
        if let ready { give(ready, of: range, to: answer) }
    }

    /// Finds octets of the file, all in one.
    package func read(at offset: Int64, count: Int) async -> [UInt8] {
        await withCheckedContinuation { continuation in
            read(at: offset, count: count) { parts in continuation.resume(returning: Array(parts.joined())) }
        }
    }

    private func give(_ parts: [LazyFileState.Part], of range: Range<Int64>, to answer: @escaping Answer) {
        do {
            answer(
                try parts.compactMap { part in
                    switch part {
                    case .memory(let octets): octets
                    case .stored(let range): try store?.read(range)[...]
                    }
                })
        } catch {
            console.line("\(error); it is fetched from the servers again")
            interior.withLock { $0.state.loseStore() }
            read(range, answer)
        }
    }

    // MARK: Fetching

    private func startFetches() {
        interior.withLock { interior in
            guard !interior.isClosed else { return }
            for fetch in interior.state.takeFetches() {
                interior.fetches[fetch.chunk] = Task { await run(fetch) }
            }
        }
    }

    private func run(_ fetch: LazyFileState.Fetch) async {
        do {
            let octets = try await source.chunk(fetch.chunk, urgency: fetch.urgency)
            let isStored = keep(fetch.chunk, octets)
            let now = ticker.now()
            let (deliveries, isLast) = interior.withLock { interior in
                interior.fetches[fetch.chunk] = nil
                let wasComplete = interior.state.isComplete
                let deliveries = interior.state.arrived(fetch.chunk, octets, isStored: isStored)
                    .map { (parts: $0.parts, waiting: interior.waiting.removeValue(forKey: $0.read)) }
                for case let waiting? in deliveries.map(\.waiting) {
                    interior.longestWait = max(interior.longestWait, now - waiting.since)
                }
                return (deliveries, interior.state.isComplete && !wasComplete)
            }
            for delivery in deliveries {
                guard let waiting = delivery.waiting else { continue }
                give(delivery.parts, of: waiting.range, to: waiting.answer)
            }
            if isLast {
                interior.withLock { $0.disk }?.settle()
                console.line("the root file system is here as a whole: the servers are not needed for it")
            }
        } catch {
            interior.withLock { interior in
                interior.fetches[fetch.chunk] = nil
                interior.state.gaveUp(fetch.chunk)
            }
        }
        startFetches()
    }

    /// - Returns: true when the chunk is in the store.
    private func keep(_ chunk: Int, _ octets: [UInt8]) -> Bool {
        let (isFilling, disk) = interior.withLock { ($0.state.isFilling, $0.disk) }
        if let disk { return isKept(chunk, on: disk) }
        guard let store, isFilling else { return false }
        do {
            try store.write(octets, at: layout.range(of: chunk).lowerBound)
            return true
        } catch {
            stopFilling(error)
            return false
        }
    }

    private func isKept(_ chunk: Int, on disk: ChunkDisk) -> Bool {
        if let failure = disk.failure { stopFilling(failure) }
        return disk.has(chunk)
    }

    private func stopFilling(_ error: any Error) {
        let isFirst = interior.withLock { interior in
            defer { interior.state.stopFilling() }
            return interior.state.isFilling
        }
        if isFirst { console.line("\(error); the rest comes from the servers when it is read") }
    }

    // MARK: Waiting

    /// Looks each second whether somebody waits for long, until nobody waits.
    private func watchWaits() async {
        while (try? await ticker.sleep(.seconds(1))) != nil {
            let trouble = source.lastTrouble
            let now = ticker.now()
            let (line, isOver) = interior.withLock { interior in
                let since = interior.state.waitingSince
                let line = interior.waits.look(waitingSince: since, at: now, trouble: trouble)
                if since == nil { interior.watch = nil }
                return (line, since == nil)
            }
            if let line { console.line(line) }
            if isOver { return }
        }
    }

    // MARK: The rest

    /// The chunks in the order in which they were first asked for: what to fetch ahead at the next boot.
    package var askedOrder: [Int] { interior.withLock { $0.state.askedOrder } }

    package var progress: LazyFileProgress {
        interior.withLock { interior in
            let state = interior.state
            return LazyFileProgress(
                count: layout.count, fetched: state.fetchedCount, stored: state.storedCount,
                cachedSize: state.cachedSize, isComplete: state.isComplete, longestWait: interior.longestWait)
        }
    }

    /// Gives memory back. For when nothing was fetched for a while.
    package func rest() { interior.withLock { $0.state.rest() } }

    /// Ends all fetching. Whoever waits is not answered any more.
    package func close() {
        let tasks = interior.withLock { interior in
            interior.isClosed = true
            interior.waiting = [:]
            return interior.fetches.values + [interior.watch].compactMap { $0 }
        }
        for task in tasks { task.cancel() }
    }
}
