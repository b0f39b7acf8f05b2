import DeploymentModel
import MusterAgent
import MusterBase
import TestSupport
import Testing

private func event(_ message: String) -> TraceEvent {
    TraceEvent(time: Timestamp(seconds: 1), source: .agent, step: Step.drivers, status: .done, message: message)
}

@Suite("Events on their way to the server")
struct ReportingTests {
    @Test("events are numbered from 0, and acknowledged ones are not sent again")
    func numbers() throws {
        var queue = EventQueue()
        for number in 0..<EventQueue.batch + 5 { queue.append(event("\(number)")) }
        let first = try #require(queue.next)
        #expect(first.firstNumber == 0)
        #expect(first.events.count == EventQueue.batch)
        queue.acknowledge(through: EventQueue.batch - 1)
        let second = try #require(queue.next)
        #expect(second.firstNumber == EventQueue.batch)
        #expect(second.events.map(\.message) == (0..<5).map { "\(EventQueue.batch + $0)" })
        queue.acknowledge(through: 0)
        #expect(queue.count == 5)
    }

    @Test("a full queue drops the oldest, and numbers go on")
    func drops() throws {
        var queue = EventQueue()
        for number in 0..<EventQueue.limit + 3 { queue.append(event("\(number)")) }
        #expect(queue.count == EventQueue.limit)
        let next = try #require(queue.next)
        #expect(next.firstNumber == 3)
        #expect(next.events.first?.message == "3")
    }

    @Test("what failed for a deployment that is over does not fail the next")
    func formerFailure() async {
        let member = ScriptedMember("a", .init())
        let reporter = EventReporter(console: RecordedConsole())
        await reporter.attach(member, deployment: "d1")
        await reporter.record(Step.manifest, .failed, "no")
        await reporter.detach()
        await reporter.attach(member, deployment: "d2")
        #expect(await reporter.flush(within: .seconds(5)))
        #expect(member.received.map(\.deployment) == ["d2"])
        #expect(member.received.flatMap(\.events).map(\.status) == [.retrying])
    }

    @Test("times from a clock that was off are corrected before they are sent")
    func shifts() {
        var queue = EventQueue()
        queue.append(event("a"))
        queue.shiftTimes(by: .seconds(100))
        #expect(queue.next?.events.first?.time == Timestamp(seconds: 101))
    }

    @Test("events before the enrolment are kept and sent afterwards, in order")
    func buffers() async {
        let console = RecordedConsole()
        let member = ScriptedMember("a", .init())
        let reporter = EventReporter(console: console, clock: WallClock { Timestamp(seconds: 7) })
        await reporter.record(Step.start, .done, "hello")
        await reporter.record(Step.network, .done, "there")
        await reporter.attach(member, deployment: "d1")
        #expect(await reporter.flush(within: .seconds(5)))
        #expect(member.received.map(\.deployment) == ["d1"])
        #expect(member.received.flatMap(\.events).map(\.message) == ["hello", "there"])
        #expect(member.received.first?.events.first?.time == Timestamp(seconds: 7))
        #expect(console.all == ["start: hello", "network: there"])
    }

    @Test("a failure before the enrolment does not end the deployment that is yet to come")
    func softensEarlyFailures() async {
        let member = ScriptedMember("a", .init())
        let reporter = EventReporter(console: RecordedConsole())
        await reporter.record(Step.network, .failed, "no carrier")
        await reporter.attach(member, deployment: "d1")
        await reporter.record(Step.rootImage, .failed, "wrong digest")
        _ = await reporter.flush(within: .seconds(5))
        #expect(member.received.flatMap(\.events).map(\.status) == [.retrying, .failed])
    }

    @Test("a report that fails is sent again by the pump, and nothing is lost")
    func retries() async throws {
        let member = ScriptedMember(
            "a", .init(reportErrors: [MusterError(.unavailable, "down"), MusterError(.timeout, "slow")]))
        let reporter = EventReporter(console: RecordedConsole())
        await reporter.attach(member, deployment: "d1")
        await reporter.record(Step.drivers, .done, "one")
        let pump = Task { await reporter.pump(pause: { _ in await Task.yield() }) }
        defer { pump.cancel() }
        try await waitForState(otherwise: "nothing was sent") { member.received.isEmpty ? nil : true }
        #expect(member.received.flatMap(\.events).map(\.message) == ["one"])
        #expect(await reporter.unsent.isEmpty)
    }
}
