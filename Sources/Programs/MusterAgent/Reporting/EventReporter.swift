import DeploymentModel
import MusterAPI
import MusterBase

/// Takes events to a server.
public protocol EventSender: Sendable {
    func send(_ report: EventReport) async throws
}

/// Shows each event on the console and takes it to the server, as it happens. Before the machine is enrolled the events
/// wait.
public actor EventReporter {
    private var queue: EventQueue
    private var sender: (any EventSender)?
    private var deployment = ""
    private let console: any LineOutput
    private let clock: WallClock
    private let wake: AsyncStream<Void>
    private let waker: AsyncStream<Void>.Continuation
    private var lastError: String?
    /// True when the server takes nothing with this key any more.
    private(set) var isKeyLost = false

    public init(console: any LineOutput, clock: WallClock = .system, queue: EventQueue = EventQueue()) {
        self.console = console
        self.clock = clock
        self.queue = queue
        (wake, waker) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
    }

    /// Shows and keeps one event.
    ///
    /// A `failed` event ends the deployment that it is sent for. As long as there is none, it is kept as `retrying`:
    /// else it would end the one that is yet to come.
    public func record(
        _ step: String, _ status: TraceStatus, _ message: String, progress: Int? = nil, isShown: Bool = true
    ) {
        let kept = status == .failed && sender == nil ? TraceStatus.retrying : status
        queue.append(
            TraceEvent(
                time: clock.now(), source: .agent, step: step, status: kept, message: message, progress: progress))
        if isShown { console.line(EventReporter.words(step, status, message, progress)) }
        waker.yield()
    }

    private static func words(_ step: String, _ status: TraceStatus, _ message: String, _ progress: Int?) -> String {
        switch status {
        case .failed: "\(step): FAILED: \(message)"
        case .retrying: "\(step): \(message); trying again"
        case .started, .done, .progress: "\(step): \(message)"
        }
    }

    /// Corrects the times of all events that wait, after the clock was set.
    public func shiftTimes(by correction: Duration) { queue.shiftTimes(by: correction) }

    /// From now on events are sent, the waiting ones first.
    public func attach(_ sender: any EventSender, deployment: String) {
        self.sender = sender
        self.deployment = deployment
        isKeyLost = false
        waker.yield()
    }

    /// Events wait again: the key is no longer good. What failed before did not fail for the deployment that is to come.
    public func detach() {
        sender = nil
        queue.takeFailuresBack()
    }

    /// Events that were not sent, to be handed to the agent of the booted system.
    public var unsent: EventQueue { queue }

    /// Sends until cancelled. To be run beside the work.
    public func pump(pause: @Sendable (Duration) async throws -> Void = { try await Task.sleep(for: $0) }) async {
        for await _ in wake {
            var delay = Duration.seconds(1)
            while sender != nil, !queue.isEmpty, !Task.isCancelled {
                if await sendOnce() {
                    delay = .seconds(1)
                } else {
                    guard (try? await pause(delay)) != nil else { return }
                    delay = min(delay * 2, .seconds(30))
                }
            }
        }
    }

    /// Sends what waits, for a time at most. True when nothing waits any more.
    public func flush(within limit: Duration) async -> Bool {
        let end = ContinuousClock.now + limit
        while !queue.isEmpty, sender != nil, !isKeyLost, ContinuousClock.now < end {
            // The pump may be sending the same at this moment: the server counts by number.
            if await sendOnce() { continue }
            guard (try? await Task.sleep(for: .milliseconds(200))) != nil else { break }
        }
        return queue.isEmpty
    }

    /// False when it should be tried again later.
    private func sendOnce() async -> Bool {
        guard let sender, let (first, events) = queue.next else { return true }
        do {
            try await sender.send(EventReport(deployment: deployment, firstNumber: first, events: events))
            queue.acknowledge(through: first + events.count - 1)
            lastError = nil
            return true
        } catch {
            let text = "\(error)"
            isKeyLost = (error as? MusterError)?.code == .unauthenticated
            if lastError != text { console.line("events cannot be sent for now: \(text)") }
            lastError = text
            // A report that the server will never take must not stop those behind it.
            if let refusal = error as? MusterError,
                [.invalidInput, .malformed, .notFound, .conflict].contains(refusal.code)
            {
                queue.acknowledge(through: first + events.count - 1)
            }
            return false
        }
    }
}
