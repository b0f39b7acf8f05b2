import Lab
import MusterBase
import Testing

@Suite("The supervisor's decisions")
struct SupervisorStateTests {
    private let first = LabMachine(lab: "a", index: 1)
    private let second = LabMachine(lab: "a", index: 2, firmware: .uefi)
    private let third = LabMachine(lab: "a", index: 3)
    private let service = LabService(name: "musterd", executable: "/m", arguments: [])
    private let start = ContinuousClock.now

    /// `#expect` does not take calls that mutate a value.
    private final class Running {
        var state: SupervisorState

        init(_ state: SupervisorState) { self.state = state }

        var status: LabStatus { state.status }

        func begin() -> [SupervisorState.Action] { state.begin() }

        func handle(
            _ input: SupervisorState.Input, at now: ContinuousClock.Instant
        ) -> [SupervisorState.Action] {
            state.handle(input, at: now)
        }
    }

    private func lab() -> Running {
        Running(
            SupervisorState(
                LabConfiguration(stateDirectory: "/s", services: [service], machines: [first, second, third])))
    }

    /// A lab whose service runs as process 10 and whose machine n1 runs as process 11.
    private func running() -> Running {
        let state = lab()
        _ = state.begin()
        _ = state.handle(.started("musterd", process: 10), at: start)
        _ = state.handle(.request(LabRequest(.start, name: "n1"), client: 1), at: start)
        _ = state.handle(.started("n1", process: 11), at: start)
        return state
    }

    private func errors(_ actions: [SupervisorState.Action]) -> [MusterError.Code] {
        actions.compactMap { action in
            if case .reply(_, let response) = action { response.error?.code } else { nil }
        }
    }

    @Test("services are started with the lab, machines are not")
    func begin() {
        let state = lab()
        #expect(state.begin() == [.spawnService(service)])
    }

    @Test("a start is answered when the process runs")
    func startMachine() {
        let state = lab()
        #expect(
            state.handle(.request(LabRequest(.start, name: "n1"), client: 7), at: start) == [.spawnMachine(first)])
        let actions = state.handle(.started("n1", process: 11), at: start)
        #expect(actions == [.reply(client: 7, LabResponse(status: state.status))])
        #expect(state.status.machines.first?.state == .running)
    }

    @Test("a start that fails says why")
    func startFails() {
        let state = lab()
        _ = state.handle(.request(LabRequest(.start, name: "n1"), client: 7), at: start)
        let actions = state.handle(.startFailed("n1", MusterError(.unavailable, "no QEMU")), at: start)
        #expect(errors(actions) == [.unavailable])
        #expect(state.status.machines.first?.state == .failed)
    }

    @Test("more machines than may run are refused, and run when another was stopped")
    func limit() {
        let state = running()
        _ = state.handle(.request(LabRequest(.start, name: "n2"), client: 1), at: start)
        _ = state.handle(.started("n2", process: 12), at: start)
        let request = LabRequest(.start, name: "n3")
        #expect(errors(state.handle(.request(request, client: 1), at: start)) == [.exhausted])
        _ = state.handle(.ended(process: 11, status: 0), at: start)
        #expect(state.handle(.request(request, client: 1), at: start) == [.spawnMachine(third)])
    }

    @Test("a stop is answered when the process is gone, and killed when it does not go")
    func stop() {
        let state = running()
        let actions = state.handle(.request(LabRequest(.stop, name: "n1"), client: 3), at: start)
        #expect(actions == [.signal(process: 11, 15)])
        #expect(state.handle(.tick, at: start + .seconds(4)).isEmpty)
        #expect(state.handle(.tick, at: start + .seconds(6)) == [.signal(process: 11, 9)])
        #expect(state.handle(.tick, at: start + .seconds(7)).isEmpty)
        let last = state.handle(.ended(process: 11, status: 137), at: start)
        #expect(last == [.reply(client: 3, LabResponse(status: state.status))])
        #expect(state.status.machines.first?.state == .stopped)
    }

    @Test("a stop of what does not run is answered at once")
    func stopStopped() {
        let state = running()
        let actions = state.handle(.request(LabRequest(.stop, name: "n2"), client: 3), at: start)
        #expect(actions == [.reply(client: 3, LabResponse(status: state.status))])
    }

    @Test("a power cycle starts a new process when the old one is gone")
    func powerCycle() {
        let state = running()
        let request = LabRequest(.powerCycle, name: "n1")
        #expect(state.handle(.request(request, client: 3), at: start) == [.signal(process: 11, 15)])
        #expect(state.handle(.ended(process: 11, status: 0), at: start) == [.spawnMachine(first)])
        let last = state.handle(.started("n1", process: 12), at: start)
        #expect(last == [.reply(client: 3, LabResponse(status: state.status))])
        #expect(state.handle(.ended(process: 12, status: 0), at: start).isEmpty)
    }

    @Test("nothing is restarted by itself; what ends badly is failed, and a machine that switches itself off is not")
    func endings() {
        let state = running()
        #expect(state.handle(.ended(process: 10, status: 139), at: start).isEmpty)
        #expect(state.handle(.ended(process: 11, status: 0), at: start).isEmpty)
        #expect(state.status.services.first?.state == .failed)
        #expect(state.status.services.first?.exitStatus == 139)
        #expect(state.status.machines.first?.state == .stopped)
    }

    @Test("the end of an orphan means nothing")
    func orphan() {
        let state = running()
        let before = state.status
        #expect(state.handle(.ended(process: 99, status: 1), at: start).isEmpty)
        #expect(state.status == before)
    }

    @Test("a machine whose firmware gave up is reset and counted, but only while it runs")
    func bootRetry() {
        let state = running()
        #expect(state.handle(.foundNothingToBoot("n1"), at: start) == [.reset("n1", client: nil)])
        #expect(state.status.machines.first?.bootRetries == 1)
        #expect(state.handle(.foundNothingToBoot("n2"), at: start).isEmpty)
    }

    @Test("reset, power button and signals are for what runs, and the first two for machines alone")
    func refusals() {
        let state = running()
        let refused: [(LabRequest, MusterError.Code)] = [
            (LabRequest(.reset, name: "n2"), .conflict), (LabRequest(.reset, name: "musterd"), .invalidInput),
            (LabRequest(.powerDown, name: "musterd"), .invalidInput), (LabRequest(.start, name: "zz"), .notFound),
            (LabRequest(.start), .invalidInput), (LabRequest(.signal, name: "musterd"), .invalidInput),
            (LabRequest(.signal, name: "n2", signal: 9), .conflict), (LabRequest(.start, name: "n1"), .conflict),
            (LabRequest(.addMachine), .invalidInput), (LabRequest(.addMachine, machine: first), .alreadyExists),
            (LabRequest(.addService, service: service), .alreadyExists),
        ]
        for (request, code) in refused {
            #expect(errors(state.handle(.request(request, client: 1), at: start)) == [code], "\(request)")
        }
        #expect(
            state.handle(.request(LabRequest(.reset, name: "n1"), client: 5), at: start) == [.reset("n1", client: 5)])
        let signal = LabRequest(.signal, name: "musterd", signal: 9)
        #expect(state.handle(.request(signal, client: 1), at: start).first == .signal(process: 10, 9))
    }

    @Test("a machine is added, but not with another's number")
    func add() {
        let state = running()
        let fourth = LabMachine(lab: "a", index: 4)
        #expect(errors(state.handle(.request(LabRequest(.addMachine, machine: fourth), client: 1), at: start)).isEmpty)
        #expect(state.status.machines.last?.machine == fourth)
        let same = LabMachine(lab: "a", index: 4, name: "other")
        let actions = state.handle(.request(LabRequest(.addMachine, machine: same), client: 1), at: start)
        #expect(errors(actions) == [.alreadyExists])
    }

    @Test("a shutdown ends everything, waits for the last process, and starts nothing more")
    func shutdown() {
        let state = running()
        let actions = state.handle(.shutdown, at: start)
        #expect(Set(actions) == [.signal(process: 10, 15), .signal(process: 11, 15)])
        let refused = state.handle(.request(LabRequest(.start, name: "n2"), client: 1), at: start)
        #expect(errors(refused) == [.conflict])
        #expect(state.handle(.shutdown, at: start).isEmpty)
        #expect(state.handle(.ended(process: 10, status: 0), at: start).isEmpty)
        #expect(state.handle(.ended(process: 11, status: 0), at: start) == [.exit])
    }

    @Test("a shutdown of an idle lab is over at once")
    func idleShutdown() {
        let state = lab()
        #expect(state.handle(.shutdown, at: start) == [.exit])
    }
}
