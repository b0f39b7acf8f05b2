import LinuxSystem
import MusterBase
import Synchronization

/// Where a lazy file's chunks come from. It takes as long as it takes: there is no error but that the file is closed.
package protocol ChunkSource: Sendable {
    /// The plain octets of a chunk, verified and of the right length.
    func chunk(_ index: Int, urgency: FetchUrgency) async throws(CancellationError) -> [UInt8]

    /// What went wrong last, for people; nil when nothing did.
    var lastTrouble: String? { get }
}

/// Fetches chunks from several members as ``MemberPolicy`` decides, and goes on until one gives it.
package final class MemberFetcher: ChunkSource {
    /// Fetches one chunk from one member, and verifies and decrypts it. Members are counted from 0.
    package typealias Request = @Sendable (_ chunk: Int, _ member: Int) async throws -> [UInt8]

    private enum Event: Sendable {
        case came(MemberPolicy.Attempt, [UInt8])
        case failed(MemberPolicy.Attempt, any Error)
        /// It is time to decide anew.
        case look
    }

    private let layout: ChunkLayout
    private let request: Request
    private let ticker: Ticker
    private let policy: Mutex<MemberPolicy>
    private let trouble = Mutex<String?>(nil)
    private let onRefusal: @Sendable (_ chunk: Int, _ member: Int, MusterError) -> Void

    /// - Parameter onRefusal: told of a chunk that came and was not what was meant.
    package init(
        layout: ChunkLayout, members: Int, settings: MemberPolicy.Settings = MemberPolicy.Settings(),
        ticker: Ticker = .system,
        onRefusal: @escaping @Sendable (_ chunk: Int, _ member: Int, MusterError) -> Void = { _, _, _ in },
        request: @escaping Request
    ) {
        self.layout = layout
        self.request = request
        self.ticker = ticker
        self.onRefusal = onRefusal
        policy = Mutex(MemberPolicy(members: members, settings: settings))
    }

    package var lastTrouble: String? { trouble.withLock { $0 } }

    package func chunk(_ index: Int, urgency: FetchUrgency) async throws(CancellationError) -> [UInt8] {
        let (events, mailbox) = AsyncStream.makeStream(of: Event.self)
        urgency.onRaise { mailbox.yield(.look) }
        defer { urgency.onRaise(nil) }
        var race = Race()
        var timer: Task<Void, Never>?
        defer { timer?.cancel() }
        mailbox.yield(.look)
        for await event in events {
            switch event {
            case .came(let attempt, let octets):
                policy.withLock { $0.succeeded(attempt, at: ticker.now()) }
                race.end(attempt)
                giveUp(race) { $0.lost($1, at: $2) }
                return octets
            case .failed(let attempt, let error):
                trouble.withLock { $0 = "\(error)" }
                policy.withLock { $0.failed(attempt, at: ticker.now()) }
                race.end(attempt)
            case .look: break
            }
            timer?.cancel()
            timer = goOn(index, urgency, &race, mailbox)
        }
        giveUp(race) { policy, attempt, _ in policy.cancelled(attempt) }
        throw CancellationError()
    }

    /// The requests for one chunk that are on the way.
    private struct Race {
        private(set) var running: [(attempt: MemberPolicy.Attempt, task: Task<Void, Never>)] = []

        var attempts: [MemberPolicy.Attempt] { running.map(\.attempt) }

        mutating func begin(_ attempt: MemberPolicy.Attempt, _ task: Task<Void, Never>) {
            running.append((attempt, task))
        }

        mutating func end(_ attempt: MemberPolicy.Attempt) { running.removeAll { $0.attempt == attempt } }
    }

    /// Ends what still runs. Nobody waits for its end: a dead member must not hold up what another one gave.
    private func giveUp(_ race: Race, _ note: (inout MemberPolicy, MemberPolicy.Attempt, Duration) -> Void) {
        let now = ticker.now()
        for (attempt, task) in race.running {
            policy.withLock { note(&$0, attempt, now) }
            task.cancel()
        }
    }

    /// Asks whom the policy names.
    ///
    /// - Returns: The timer that rings when it is to be asked again.
    private func goOn(
        _ chunk: Int, _ urgency: FetchUrgency, _ race: inout Race, _ mailbox: AsyncStream<Event>.Continuation
    ) -> Task<Void, Never>? {
        while true {
            let now = ticker.now()
            let attempts = race.attempts
            let isDemanded = urgency.isDemanded
            let (decision, begun) = policy.withLock { policy in
                let decision = policy.decide(attempts, isDemanded: isDemanded, at: now)
                guard case .ask(let member) = decision else { return (decision, nil as MemberPolicy.Attempt?) }
                return (decision, policy.begin(member, at: now))
            }
            if let begun {
                race.begin(begun, Task { await ask(chunk, begun, mailbox) })
                continue
            }
            guard case .wait(until: let until) = decision else { return nil }
            let ticker = ticker
            return Task {
                guard (try? await ticker.sleep(max(until - now, .milliseconds(1)))) != nil else { return }
                mailbox.yield(.look)
            }
        }
    }

    private func ask(
        _ chunk: Int, _ attempt: MemberPolicy.Attempt, _ mailbox: AsyncStream<Event>.Continuation
    ) async {
        do {
            let octets = try await request(chunk, attempt.member)
            guard octets.count == layout.length(of: chunk) else {
                throw MusterError(
                    .verificationFailed,
                    "chunk \(chunk) has \(octets.count) octets, wanted \(layout.length(of: chunk))")
            }
            mailbox.yield(.came(attempt, octets))
        } catch {
            if let error = error as? MusterError, error.code == .verificationFailed {
                onRefusal(chunk, attempt.member, error)
            }
            mailbox.yield(.failed(attempt, error))
        }
    }
}
