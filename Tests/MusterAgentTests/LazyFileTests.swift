import Foundation
import LinuxSystem
import MusterAgent
import MusterBase
import Synchronization
import TestSupport
import Testing

/// Time that stands still until a test moves it; who sleeps wakes when it has come.
final class ManualTicker: Sendable {
    private struct State: Sendable {
        var now = Duration.zero
        var sleepers: [Int: (until: Duration, continuation: CheckedContinuation<Void, any Error>)] = [:]
        var count = 0
    }

    private let state = Mutex(State())

    var ticker: Ticker {
        Ticker(now: { self.state.withLock { $0.now } }, sleep: { try await self.sleep($0) })
    }

    /// How many sleep now.
    var sleeping: Int { state.withLock { $0.sleepers.count } }

    func pass(_ time: Duration) {
        let woken = state.withLock { state in
            state.now += time
            let now = state.now
            let due = state.sleepers.filter { $0.value.until <= now }
            for number in due.keys { state.sleepers[number] = nil }
            return due.values.map(\.continuation)
        }
        for continuation in woken { continuation.resume() }
    }

    private func sleep(_ time: Duration) async throws {
        let number = state.withLock { state in
            state.count += 1
            return state.count
        }
        try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                let isOver = state.withLock { state in
                    if Task.isCancelled || time <= .zero { return true }
                    state.sleepers[number] = (state.now + time, continuation)
                    return false
                }
                if isOver { continuation.resume() }
            }
        } onCancel: {
            let sleeper = state.withLock { $0.sleepers.removeValue(forKey: number) }
            sleeper?.continuation.resume(throwing: CancellationError())
        }
        try Task.checkCancellation()
    }
}

/// Chunks that come when the test gives them.
final class ManualSource: ChunkSource {
    private struct State: Sendable {
        var asked: [Int] = []
        var waiting: [Int: (urgency: FetchUrgency, continuation: CheckedContinuation<[UInt8], Never>)] = [:]
    }

    private let content: [UInt8]
    private let layout: ChunkLayout
    private let state = Mutex(State())
    let lastTrouble: String? = "no route to 10.0.0.1"

    init(_ content: [UInt8], _ layout: ChunkLayout) {
        self.content = content
        self.layout = layout
    }

    /// All that was asked for, in order.
    var asked: [Int] { state.withLock { $0.asked } }

    /// What was asked for and is not given, sorted.
    var waiting: [Int] { state.withLock { $0.waiting.keys.sorted() } }

    func isDemanded(_ chunk: Int) -> Bool? { state.withLock { $0.waiting[chunk]?.urgency.isDemanded } }

    func give(_ chunk: Int) {
        let waiting = state.withLock { $0.waiting.removeValue(forKey: chunk) }
        let range = layout.range(of: chunk)
        waiting?.continuation.resume(returning: Array(content[Int(range.lowerBound)..<Int(range.upperBound)]))
    }

    func chunk(_ index: Int, urgency: FetchUrgency) async throws(CancellationError) -> [UInt8] {
        await withCheckedContinuation { continuation in
            state.withLock { state in
                state.asked.append(index)
                state.waiting[index] = (urgency, continuation)
            }
        }
    }
}

/// Chunks of 64 to 256 KiB out of memory at once.
struct MemorySource: ChunkSource {
    let content: [UInt8]
    let layout: ChunkLayout
    let asked = Recorder<Int>()
    var lastTrouble: String? { nil }

    func chunk(_ index: Int, urgency: FetchUrgency) async throws(CancellationError) -> [UInt8] {
        asked.add(index)
        let range = layout.range(of: index)
        return Array(content[Int(range.lowerBound)..<Int(range.upperBound)])
    }
}

/// Lengths of 64 to 256 KiB, as a cut by content gives, that add up to a size.
func chunkLengths(_ size: Int, seed: UInt64 = 1) -> [Int] {
    var generator = SeededGenerator(seed: seed)
    var lengths: [Int] = []
    var rest = size
    while rest > 0 {
        lengths.append(min(rest, Int.random(in: 65_536...262_144, using: &generator)))
        rest -= lengths.last ?? rest
    }
    return lengths
}

@Suite("Lazy file")
struct LazyFileTests {
    private let content = distinctOctets(1000)
    /// Ten chunks of 100 octets.
    private let layout: ChunkLayout
    private let source: ManualSource
    private let time = ManualTicker()
    private let console = RecordedConsole()

    init() throws {
        layout = try ChunkLayout(lengths: Array(repeating: 100, count: 10))
        source = ManualSource(content, layout)
    }

    private func file(
        cache: Int = 500, resting: Int = 100, store: ChunkStore? = nil, recordedOrder: [Int] = [], background: Int = 3,
        beside: Int = 1, readAhead: Int = 0
    ) -> LazyFile {
        LazyFile(
            layout: layout,
            settings: LazyFileSettings(
                cacheLimit: cache, restingCacheLimit: resting, demandedAtOnce: 2, backgroundAtOnce: background,
                backgroundBesideDemand: beside,
                longestReadAhead: readAhead),
            source: source, store: store, recordedOrder: recordedOrder, ticker: time.ticker, console: console)
    }

    private func waitUntil(_ state: String, _ isSo: () -> Bool) async throws {
        try await waitForState(otherwise: state, limit: .seconds(10)) { isSo() ? true : nil }
    }

    private func waitUntilAsked(_ chunks: [Int]) async throws {
        try await waitForState(otherwise: "asked for \(source.waiting), wanted \(chunks)", limit: .seconds(10)) {
            source.waiting == chunks ? true : nil
        }
    }

    @Test("a layout finds the chunks of any octets, and refuses what is none")
    func layouts() throws {
        let layout = try ChunkLayout(lengths: [10, 20, 5])
        #expect(layout.size == 35)
        #expect(layout.chunks(holding: 0..<1) == 0...0)
        #expect(layout.chunks(holding: 9..<11) == 0...1)
        #expect(layout.chunks(holding: 10..<30) == 1...1)
        #expect(layout.chunks(holding: 29..<100) == 1...2)
        #expect(layout.chunks(holding: 35..<99) == nil)
        #expect(layout.chunks(holding: 3..<3) == nil)
        #expect(layout.range(of: 2) == 30..<35)
        for lengths in [[], [0], [10, -1], [(16 << 20) + 1]] {
            #expect(throws: MusterError.self) { try ChunkLayout(lengths: lengths) }
        }
    }

    @Test("a chunk that many wait for is fetched once, and each gets its part")
    func sharesFetches() async throws {
        let file = file()
        let answers = Recorder<[UInt8]>()
        for offset in [0, 10, 50, 90] {
            file.read(at: Int64(offset), count: 10) { answers.add(Array($0.joined())) }
        }
        try await waitUntilAsked([0])
        source.give(0)
        try await waitUntil("not answered") { answers.all.count == 4 }
        #expect(answers.all == [0, 10, 50, 90].map { Array(content[$0..<$0 + 10]) })
        #expect(await file.read(at: 95, count: 5) == Array(content[95..<100]))
        #expect(source.asked == [0])
    }

    @Test("at rest it keeps little, the last that was read, and fetches the rest again when it is wanted")
    func rests() async throws {
        let file = file(resting: 200)
        for chunk in 0..<4 {
            async let octets = file.read(at: Int64(chunk * 100), count: 100)
            try await waitUntilAsked([chunk])
            source.give(chunk)
            #expect(await octets == Array(content[chunk * 100..<chunk * 100 + 100]))
        }
        #expect(file.progress.cachedSize == 400)
        file.rest()
        #expect(file.progress.cachedSize == 200)
        #expect(await file.read(at: 300, count: 1) == [content[300]])
        async let again = file.read(at: 0, count: 1)
        try await waitUntilAsked([0])
        source.give(0)
        #expect(await again == [content[0]])
    }

    @Test("the longest time that a read waited is known")
    func longestWait() async throws {
        let file = file()
        #expect(file.progress.longestWait == .zero)
        for (chunk, wait) in [(0, Duration.milliseconds(700)), (1, .milliseconds(300))] {
            async let octets = file.read(at: Int64(chunk * 100), count: 1)
            try await waitUntilAsked([chunk])
            time.pass(wait)
            source.give(chunk)
            _ = await octets
        }
        #expect(file.progress.longestWait == .milliseconds(700))
    }

    @Test("a read over several chunks comes in order whichever comes first, and ends where the file does")
    func joins() async throws {
        let file = file()
        async let octets = file.read(at: 650, count: 10_000)
        try await waitUntilAsked([6, 7])
        source.give(7)
        try await waitUntilAsked([6, 8])
        source.give(8)
        try await waitUntilAsked([6, 9])
        source.give(9)
        source.give(6)
        #expect(await octets == Array(content[650...]))
        #expect(await file.read(at: 1000, count: 1).isEmpty)
        #expect(await file.read(at: .max, count: .max).isEmpty)
        #expect(await file.read(at: -5, count: 0).isEmpty)
        #expect(file.askedOrder == [6, 7, 8, 9])
    }

    @Test("memory stays below its limit, and what was not used for longest goes first")
    func bounded() async throws {
        let source = MemorySource(content: content, layout: layout)
        let file = LazyFile(
            layout: layout, settings: LazyFileSettings(cacheLimit: 350, longestReadAhead: 0), source: source,
            ticker: time.ticker, console: console)
        for chunk in [0, 1, 2, 0, 3, 0, 1] {
            #expect(
                await file.read(at: Int64(chunk * 100), count: 100) == Array(content[chunk * 100..<chunk * 100 + 100]))
            #expect(file.progress.cachedSize <= 350)
        }
        // 3 pushed out 1, which was read before 2 and 0.
        #expect(source.asked.all == [0, 1, 2, 3, 1])
        #expect(file.askedOrder == [0, 1, 2, 3])
    }

    @Test("what was read goes before what nobody has read yet, down to a limit of its own")
    func readIsBounded() async throws {
        let file = LazyFile(
            layout: layout,
            settings: LazyFileSettings(
                cacheLimit: 1000, readCacheLimit: 200, restingCacheLimit: 200, backgroundAtOnce: 3, longestReadAhead: 0),
            source: source, recordedOrder: [7, 8, 9], ticker: time.ticker, console: console)
        file.start()
        try await waitUntilAsked([7, 8, 9])
        for chunk in [7, 8, 9] { source.give(chunk) }
        try await waitUntil("not all came") { file.progress.fetched == 3 }
        for chunk in 0..<4 {
            async let octets = file.read(at: Int64(chunk * 100), count: 100)
            try await waitUntilAsked([chunk])
            source.give(chunk)
            _ = await octets
        }
        #expect(file.progress.cachedSize == 500)
        for chunk in [7, 8, 9, 9, 8] {
            #expect(await file.read(at: Int64(chunk * 100), count: 1) == [content[chunk * 100]])
        }
        #expect(file.progress.cachedSize == 200)
        #expect(source.asked.count == 7)
        async let again = file.read(at: 300, count: 1)
        try await waitUntilAsked([3])
        source.give(3)
        #expect(await again == [content[300]])
    }

    @Test("whoever reads on finds the next chunks fetched, ever more of them; who reads at random does not")
    func readsAhead() async throws {
        let file = file(cache: 2000, readAhead: 4)
        file.read(at: 300, count: 1) { _ in }
        try await waitUntilAsked([3])
        file.read(at: 700, count: 1) { _ in }
        try await waitUntilAsked([3, 7])
        for chunk in [3, 7] { source.give(chunk) }
        try await waitUntil("3 and 7 did not come") { file.progress.fetched == 2 }
        file.read(at: 400, count: 1) { _ in }
        try await waitUntilAsked([4, 5])
        #expect(source.isDemanded(4) == true && source.isDemanded(5) == false)
        // Now somebody waits for it.
        file.read(at: 500, count: 1) { _ in }
        try await waitUntilAsked([4, 5, 6])
        #expect(source.isDemanded(5) == true)
        for chunk in [4, 5, 6] { source.give(chunk) }
        try await waitUntil("4 to 6 did not come") { file.progress.fetched == 5 }
        #expect(source.asked == [3, 7, 4, 5, 6])
    }

    @Test("what a former boot asked for is fetched ahead, in that order, and gives way to what is asked for now")
    func recordedOrder() async throws {
        let file = file(cache: 2000, recordedOrder: [9, 4, 99, -1, 2, 5, 1])
        file.start()
        try await waitUntilAsked([2, 4, 9])
        file.read(at: 0, count: 1) { _ in }
        file.read(at: 600, count: 1) { _ in }
        file.read(at: 700, count: 1) { _ in }
        // Two at a time of those that somebody waits for.
        try await waitUntilAsked([0, 2, 4, 6, 9])
        for chunk in [2, 4, 9] { source.give(chunk) }
        // One beside them, instead of three.
        try await waitUntilAsked([0, 5, 6])
        source.give(0)
        try await waitUntilAsked([5, 6, 7])
        for chunk in [6, 7] { source.give(chunk) }
        try await waitUntilAsked([1, 5])
        for chunk in [1, 5] { source.give(chunk) }
        try await waitUntil("not all came") { file.progress.fetched == 8 }
        #expect(source.waiting.isEmpty)
        #expect(file.askedOrder == [0, 6, 7])
    }

    @Test("what is fetched ahead takes no more than half of the memory until it is read")
    func aheadIsBounded() async throws {
        let layout = try ChunkLayout(lengths: Array(repeating: 1 << 18, count: 12))
        let content = distinctOctets(12 << 18)
        let source = ManualSource(content, layout)
        let file = LazyFile(
            layout: layout, settings: LazyFileSettings(cacheLimit: 8 << 18, longestReadAhead: 0), source: source,
            recordedOrder: Array(0..<12), ticker: time.ticker, console: console)
        file.start()
        try await waitUntil("not asked") { source.waiting == [0, 1, 2, 3] }
        for chunk in 0..<4 { source.give(chunk) }
        try await waitUntil("did not come") { file.progress.fetched == 4 }
        #expect(source.waiting.isEmpty)
        #expect(await file.read(at: 0, count: 1) == [content[0]])
        try await waitUntil("not asked for the next") { source.waiting == [4] }
        file.close()
        source.give(4)
    }

    @Test("with a store all chunks are fetched in the end, read from there, and memory is free")
    func fills() async throws {
        try await withTemporaryDirectory { directory in
            let file = file(store: try ChunkStore(in: directory, size: layout.size), recordedOrder: [8])
            file.start()
            try await waitUntilAsked([0, 1, 8])
            while source.asked.count < 10 || !source.waiting.isEmpty {
                for chunk in source.waiting { source.give(chunk) }
                await Task.yield()
            }
            try await waitUntil("not complete") { file.progress.isComplete }
            let progress = file.progress
            #expect((progress.count, progress.fetched, progress.stored, progress.cachedSize) == (10, 10, 10, 0))
            #expect(await file.read(at: 0, count: 1000) == content)
            #expect(source.asked.sorted() == Array(0..<10))
            try await waitUntil("not told") {
                console.all == ["the root file system is here as a whole: the servers are not needed for it"]
            }
            #expect(try Files.names(in: directory) == [])
        }
    }

    @Test("a read that waits says so after three seconds and each minute, and again when it goes on")
    func tells() async throws {
        let file = file()
        async let octets = file.read(at: 0, count: 1)
        try await waitUntilAsked([0])
        for _ in 0..<2 {
            try await waitUntil("no watch") { time.sleeping == 1 }
            time.pass(.seconds(1))
        }
        try await waitUntil("no watch") { time.sleeping == 1 }
        #expect(console.all == [])
        time.pass(.seconds(1))
        let line = "the root file system has been waiting for the servers for 3.0 s; what came back last: "
        try await waitUntil("nothing told") { console.all == [line + "no route to 10.0.0.1"] }
        for _ in 0..<60 {
            try await waitUntil("no watch") { time.sleeping == 1 }
            time.pass(.seconds(1))
        }
        try await waitUntil("not told again") { console.all.count == 2 }
        source.give(0)
        #expect(await octets == [content[0]])
        try await waitUntil("no watch") { time.sleeping == 1 }
        time.pass(.milliseconds(1500))
        try await waitUntil("end not told") { console.all.last == "the root file system goes on: it waited for 64.5 s" }
        #expect(time.sleeping == 0)
    }

    @Test("many readers at random places get the file's content, through a small cache")
    func random() async throws {
        let content = distinctOctets(6_000_000)
        let layout = try ChunkLayout(lengths: chunkLengths(content.count))
        let source = MemorySource(content: content, layout: layout)
        let file = LazyFile(
            layout: layout, settings: LazyFileSettings(cacheLimit: 1 << 20), source: source, ticker: time.ticker,
            console: console)
        await withTaskGroup(of: Void.self) { group in
            for seed in 0..<8 {
                group.addTask {
                    var generator = SeededGenerator(seed: UInt64(seed))
                    for _ in 0..<60 {
                        let offset = Int.random(in: 0..<content.count, using: &generator)
                        let count = Int.random(in: 1...600_000, using: &generator)
                        let octets = await file.read(at: Int64(offset), count: count)
                        #expect(octets == Array(content[offset..<min(content.count, offset + count)]))
                        #expect(file.progress.cachedSize <= 1 << 20)
                    }
                }
            }
        }
        file.close()
    }
}
