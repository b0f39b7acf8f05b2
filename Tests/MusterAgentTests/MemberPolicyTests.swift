import MusterAgent
import MusterBase
import Synchronization
import TestSupport
import Testing

@Suite("Members for chunks")
struct MemberPolicyTests {
    private static func milliseconds(_ count: Int) -> Duration { .milliseconds(count) }

    /// Lets a member answer once in that time.
    private func measure(_ policy: inout MemberPolicy, _ member: Int, _ time: Duration) {
        policy.succeeded(policy.begin(member, at: .zero), at: time)
    }

    private func asked(_ policy: MemberPolicy, _ attempts: [MemberPolicy.Attempt] = [], at now: Duration) -> Int? {
        guard case .ask(let member) = policy.decide(attempts, isDemanded: true, at: now) else { return nil }
        return member
    }

    @Test("the fastest is asked; requests at the same time are spread by how much each has to do")
    func spreads() {
        var policy = MemberPolicy(members: 3)
        for (member, time) in [(0, 40), (1, 10), (2, 20)] { measure(&policy, member, .milliseconds(time)) }
        var counts = [0, 0, 0]
        for _ in 0..<14 {
            guard let member = asked(policy, at: .milliseconds(50)) else { break }
            counts[member] += 1
            _ = policy.begin(member, at: .milliseconds(50))
        }
        #expect(counts == [2, 8, 4])
    }

    @Test("each member is tried before one is preferred")
    func triesAll() {
        var policy = MemberPolicy(members: 3)
        measure(&policy, 0, .milliseconds(1))
        #expect(asked(policy, at: .milliseconds(2)) == 1)
        measure(&policy, 1, .milliseconds(1))
        #expect(asked(policy, at: .milliseconds(2)) == 2)
    }

    @Test("a member that fails is left for a growing while, and asked again after it")
    func leaves() {
        var policy = MemberPolicy(members: 2)
        measure(&policy, 0, .milliseconds(1))
        measure(&policy, 1, .milliseconds(100))
        var now = Duration.milliseconds(200)
        for leave in [500, 1000, 2000, 4000, 8000, 15_000, 15_000] {
            policy.failed(policy.begin(0, at: now), at: now)
            #expect(asked(policy, at: now + .milliseconds(leave - 1)) == 1)
            now += .milliseconds(leave)
            #expect(asked(policy, at: now) == 0)
        }
        policy.succeeded(policy.begin(0, at: now), at: now)
        policy.failed(policy.begin(0, at: now), at: now)
        #expect(asked(policy, at: now + .milliseconds(500)) == 0)
    }

    @Test("requests that fail together because the member died count once")
    func countsOnce() {
        var policy = MemberPolicy(members: 2)
        let attempts = (0..<8).map { _ in policy.begin(0, at: .zero) }
        for attempt in attempts { policy.failed(attempt, at: .milliseconds(10)) }
        #expect(asked(policy, [policy.begin(1, at: .zero)], at: .milliseconds(511)) == 0)
    }

    @Test("when all members are left, each is asked again after a second")
    func neverGivesUp() {
        var policy = MemberPolicy(members: 2)
        for round in 0..<10 {
            for member in 0..<2 {
                policy.failed(policy.begin(member, at: .seconds(round)), at: .seconds(round))
            }
        }
        #expect(policy.decide([], isDemanded: true, at: .milliseconds(9500)) == .wait(until: .seconds(10)))
        #expect(asked(policy, at: .seconds(10)) != nil)
        #expect(MemberPolicy(members: 0).decide([], isDemanded: true, at: .zero) == .stay)
    }

    @Test("a chunk that somebody waits for is asked of another member after half a second, one that nobody does not")
    func hedges() {
        var policy = MemberPolicy(members: 2)
        for member in 0..<2 { measure(&policy, member, .milliseconds(20)) }
        let first = policy.begin(0, at: .seconds(1))
        #expect(
            policy.decide([first], isDemanded: true, at: .milliseconds(1100)) == .wait(until: .milliseconds(1500)))
        #expect(policy.decide([first], isDemanded: true, at: .milliseconds(1500)) == .ask(member: 1))
        #expect(policy.decide([first], isDemanded: false, at: .milliseconds(1500)) == .wait(until: .seconds(6)))
        let second = policy.begin(1, at: .milliseconds(1500))
        // A third time only after patience is over, and of a new connection.
        #expect(asked(policy, [first, second], at: .milliseconds(2100)) == nil)
        #expect(asked(policy, [first, second], at: .milliseconds(6500)) != nil)
        #expect(policy.decide([first, second, second], isDemanded: true, at: .seconds(60)) == .stay)
    }

    @Test("where all members are slow, the second request waits longer, and never more than 1.2 s")
    func hedgesLater() {
        var policy = MemberPolicy(members: 2)
        measure(&policy, 0, .milliseconds(300))
        measure(&policy, 1, .milliseconds(300))
        #expect(policy.hedgeDelay == .milliseconds(900))
        policy = MemberPolicy(members: 1)
        measure(&policy, 0, .seconds(3))
        #expect(policy.hedgeDelay == .milliseconds(1200))
    }

    @Test("a member that gives nothing any more is not asked for further chunks, although no request has failed yet")
    func noticesSilence() {
        var policy = MemberPolicy(members: 2)
        measure(&policy, 0, .milliseconds(5))
        measure(&policy, 1, .milliseconds(50))
        let silent = policy.begin(0, at: .seconds(1))
        #expect(asked(policy, at: .milliseconds(1010)) == 0)
        #expect(asked(policy, at: .milliseconds(1500)) == 1)
        // Another one won: the silent member is left alone.
        policy.lost(silent, at: .milliseconds(1550))
        #expect(asked(policy, at: .milliseconds(1600)) == 1)
        #expect(asked(policy, at: .milliseconds(2050)) == 0)
    }

    @Test("a member that was slow gets another chance after some minutes")
    func forgives() {
        var policy = MemberPolicy(members: 2)
        measure(&policy, 0, .milliseconds(80))
        measure(&policy, 1, .milliseconds(10))
        #expect(asked(policy, at: .seconds(1)) == 1)
        policy.succeeded(policy.begin(1, at: .seconds(200)), at: .milliseconds(200_010))
        #expect(asked(policy, at: .seconds(201)) == 0)
    }
}

@Suite("Fetching chunks from members")
struct MemberFetcherTests {
    private struct Call: Sendable, Hashable {
        let chunk: Int
        let member: Int
    }

    /// Members that answer when the test says so.
    private final class Members: Sendable {
        private let waiting = Mutex<[Call: CheckedContinuation<[UInt8], any Error>]>([:])

        var calls: Set<Call> { waiting.withLock { Set($0.keys) } }

        func request(_ chunk: Int, _ member: Int) async throws -> [UInt8] {
            try await withCheckedThrowingContinuation { continuation in
                waiting.withLock { $0[Call(chunk: chunk, member: member)] = continuation }
            }
        }

        func answer(_ chunk: Int, _ member: Int, _ result: Result<[UInt8], any Error>) {
            let continuation = waiting.withLock { $0.removeValue(forKey: Call(chunk: chunk, member: member)) }
            continuation?.resume(with: result)
        }

        /// What never answers must end before the test does.
        func end() { for call in calls { answer(call.chunk, call.member, .failure(CancellationError())) } }
    }

    private let members = Members()
    private let time = ManualTicker()
    private let fetcher: MemberFetcher
    private let octets = distinctOctets(100)

    init() throws {
        let layout = try ChunkLayout(lengths: [100, 100])
        fetcher = MemberFetcher(layout: layout, members: 2, ticker: time.ticker) { [members] in
            try await members.request($0, $1)
        }
    }

    private func waitForCalls(_ calls: Set<Call>) async throws {
        try await waitForState(otherwise: "calls are \(members.calls), wanted \(calls)", limit: .seconds(10)) {
            members.calls == calls ? true : nil
        }
    }

    private func waitForSleep() async throws {
        try await waitForState(otherwise: "nobody sleeps", limit: .seconds(10)) { time.sleeping == 1 ? true : nil }
    }

    @Test("a member that is silent in the middle costs half a second, and a wait for it ends with the chunk")
    func silentMember() async throws {
        async let chunk = fetcher.chunk(0, urgency: FetchUrgency(isDemanded: true))
        try await waitForCalls([Call(chunk: 0, member: 0)])
        try await waitForSleep()
        time.pass(.milliseconds(499))
        #expect(members.calls.count == 1)
        time.pass(.milliseconds(1))
        try await waitForCalls([Call(chunk: 0, member: 0), Call(chunk: 0, member: 1)])
        members.answer(0, 1, .success(octets))
        #expect(try await chunk == octets)
        members.end()
    }

    @Test("a chunk that was fetched ahead of a silent member is asked of another as soon as somebody waits for it")
    func becomesUrgent() async throws {
        let urgency = FetchUrgency(isDemanded: false)
        async let chunk = fetcher.chunk(0, urgency: urgency)
        try await waitForCalls([Call(chunk: 0, member: 0)])
        try await waitForSleep()
        time.pass(.seconds(2))
        #expect(members.calls.count == 1)
        urgency.raise()
        try await waitForCalls([Call(chunk: 0, member: 0), Call(chunk: 0, member: 1)])
        members.answer(0, 1, .success(octets))
        #expect(try await chunk == octets)
        members.end()
    }

    @Test("a wrong chunk is asked of another member, and while all fail it is tried for as long as it takes")
    func goesOn() async throws {
        let broken = MusterError(.unavailable, "no route to it")
        async let chunk = fetcher.chunk(1, urgency: FetchUrgency(isDemanded: true))
        try await waitForCalls([Call(chunk: 1, member: 0)])
        members.answer(1, 0, .success([1, 2, 3]))
        try await waitForCalls([Call(chunk: 1, member: 1)])
        #expect(fetcher.lastTrouble?.contains("3 octets, wanted 100") == true)
        members.answer(1, 1, .failure(broken))
        for _ in 0..<20 {
            // Not a call before the time is there.
            try await waitForState(otherwise: "nobody sleeps", limit: .seconds(10)) {
                time.sleeping == 1 && members.calls.isEmpty ? true : nil
            }
            time.pass(.seconds(1))
            while members.calls.isEmpty { await Task.yield() }
            for call in members.calls { members.answer(1, call.member, .failure(broken)) }
            try await waitForState(otherwise: "not answered", limit: .seconds(10)) {
                for call in members.calls { members.answer(1, call.member, .failure(broken)) }
                return time.sleeping == 1 ? true : nil
            }
        }
        #expect(fetcher.lastTrouble == "no route to it")
        time.pass(.seconds(1))
        while members.calls.isEmpty { await Task.yield() }
        for call in members.calls { members.answer(1, call.member, .success(octets)) }
        #expect(try await chunk == octets)
        members.end()
    }

    @Test("a fetch that is cancelled ends at once")
    func cancels() async throws {
        let fetcher = fetcher
        let task = Task { try await fetcher.chunk(0, urgency: FetchUrgency(isDemanded: false)) }
        try await waitForCalls([Call(chunk: 0, member: 0)])
        task.cancel()
        await #expect(throws: CancellationError.self) { try await task.value }
        members.end()
    }
}
