import MusterBase
import NIOCore
import NIOSSL

/// A part of the fleet on one event loop: its sockets, its timers, and the machines that are on their way.
final class FleetLoop {
    /// What a part is made of.
    struct Part: Sendable {
        var plan: FleetPlan
        /// From 0.
        var position: Int
        var parts: Int
        /// Numbers of its machines in the order in which they are switched on.
        var order: [Int]
        /// Where the relay sends requests.
        var members: [IPv4Address]
        var tls: NIOSSLContext
        var began: ContinuousClock.Instant
    }

    /// A machine that was switched on.
    private final class Slot {
        var machine: SimulatedMachine
        var connection: MachineConnection?
        /// When the wheel gives it; nil when it is not in the wheel.
        var due: Duration?
        /// For the faults of the network.
        var random: SeededRandom

        init(_ machine: SimulatedMachine) {
            self.machine = machine
            random = SeededRandom(seed: machine.behaviour.seed, stream: 2)
        }
    }

    private let part: Part
    private let surroundings: SimulatedMachine.Surroundings
    private let eventLoop: any EventLoop
    private let cell: ProgressCell
    private let finished: EventLoopPromise<FleetTally>
    private var tally = FleetTally()
    private var slots: [Int: Slot] = [:]
    private var next = 0
    private var wheel = TimerWheel()
    private var relay: DatagramPort?
    private var transferPorts: [DatagramPort] = []
    private var ticker: RepeatedTask?
    private var inputs: CircularBuffer<(Int, MachineInput)> = []
    private var actions: [MachineAction] = []
    private var isWorking = false
    private var isOver = false

    private init(_ part: Part, clock: WallClock, on eventLoop: any EventLoop, cell: ProgressCell) {
        self.part = part
        surroundings = .init(plan: part.plan, clock: clock)
        self.eventLoop = eventLoop
        self.cell = cell
        finished = eventLoop.makePromise()
    }

    /// Plays the machines of a part. Cancelling the task ends it.
    static func run(
        _ part: Part, clock: WallClock, on eventLoop: any EventLoop, cell: ProgressCell
    ) async throws -> FleetTally {
        let running = try await eventLoop.submit {
            let loop = FleetLoop(part, clock: clock, on: eventLoop, cell: cell)
            do {
                try loop.open()
            } catch {
                loop.finished.fail(error)
                throw error
            }
            return NIOLoopBound(loop, eventLoop: eventLoop)
        }.get()
        return try await withTaskCancellationHandler {
            try await eventLoop.flatSubmit { running.value.finished.futureResult }.get()
        } onCancel: {
            eventLoop.execute { running.value.stop(CancellationError()) }
        }
    }

    private var now: Duration { ContinuousClock.now - part.began }

    // MARK: Sockets

    private func open() throws {
        let address = part.plan.relay(part.position)
        let ports =
            [
                try DatagramPort.open(address: address, port: 67, on: eventLoop) { [unowned self] datagram, _, _, _ in
                    takeRelayed(datagram)
                }
            ]
            + (try (0..<SimulatedMachine.transferPorts).map { own in
                try DatagramPort.open(address: nil, port: nil, on: eventLoop) {
                    [unowned self] datagram, local, _, port in
                    guard let number = part.plan.number(at: local) else { return }
                    arrive(datagram, number) { .tftp($0, port, to: own) }
                }
            })
        EventLoopFuture.whenAllSucceed(ports, on: eventLoop).assumeIsolated().whenComplete { [self] result in
            switch result {
            case .success(let ports):
                relay = ports[0].value
                transferPorts = ports.dropFirst().map(\.value)
                begin()
            case .failure(let error): stop(error)
            }
        }
    }

    private func begin() {
        let bound = NIOLoopBound(self, eventLoop: eventLoop)
        ticker = eventLoop.scheduleRepeatedTask(initialDelay: .zero, delay: TimeAmount(TimerWheel.tick)) { _ in
            bound.value.tick()
        }
    }

    private func stop(_ error: (any Error)?) {
        guard !isOver else { return }
        isOver = true
        ticker?.cancel()
        for slot in slots.values { slot.connection?.close() }
        slots = [:]
        for port in [relay].compactMap({ $0 }) + transferPorts {
            tally.octetsSent += port.octetsSent
            tally.count(.datagramsRefused, port.refused)
            port.close()
        }
        report()
        if let error { finished.fail(error) } else { finished.succeed(tally) }
    }

    // MARK: Time

    private func tick() {
        guard !isOver else { return }
        let now = now
        startMachines(at: now)
        var due: [Int] = []
        wheel.take(until: now) { due.append($0) }
        for number in due { look(number, at: now) }
        report()
        if next == part.order.count, slots.isEmpty { stop(nil) }
    }

    /// A start that comes later than this is counted.
    private static let lateness = TimerWheel.tick * 5

    private func startMachines(at now: Duration) {
        let limit = max(1, part.plan.inFlight / part.parts)
        while next < part.order.count, slots.count < limit {
            var planned: Duration?
            if case .rate(let rate) = part.plan.arrival {
                // The parts take turns, so that all together keep the rate.
                let time = Duration.seconds(Double(next * part.parts + part.position) / rate)
                guard time <= now else { return }
                if now - time > Self.lateness { tally.count(.lateStarts) }
                planned = time
            }
            let number = part.order[next]
            next += 1
            tally.started += 1
            slots[number] = Slot(
                SimulatedMachine(part.plan.behaviour(number), around: surroundings, plannedStart: planned))
            give(.powerOn, to: number)
        }
    }

    private func look(_ number: Int, at now: Duration) {
        guard let slot = slots[number] else { return }
        slot.due = nil
        if now - slot.machine.began > part.plan.patience { return give(.giveUp, to: number) }
        if let deadline = slot.machine.deadline, deadline <= now {
            give(.timer, to: number)
        } else {
            schedule(slot, number)
        }
    }

    /// Puts a machine into the wheel unless it comes up early enough anyway.
    private func schedule(_ slot: Slot, _ number: Int) {
        let limit = slot.machine.began + part.plan.patience
        let wanted = min(slot.machine.deadline ?? limit, limit)
        if let due = slot.due, due <= wanted + TimerWheel.tick { return }
        slot.due = wheel.insert(number, at: wanted)
    }

    private func report() {
        let deployed = tally.count(of: .deployed)
        let failed = tally.count(of: .failed)
        cell.set(
            FleetProgress(
                started: tally.started, deployed: deployed,
                otherwiseOver: failed + tally.count(of: .vanished) + tally.count(of: .heard), failed: failed))
    }

    // MARK: Machines

    /// Gives an input to a machine, and does what it wants. What happens meanwhile waits for its turn.
    private func give(_ input: MachineInput, to number: Int) {
        inputs.append((number, input))
        guard !isWorking else { return }
        isWorking = true
        while let (number, input) = inputs.popFirst() {
            guard let slot = slots[number] else { continue }
            let now = now
            slot.machine.handle(input, at: now, &actions)
            var wanted: [MachineAction] = []
            swap(&wanted, &actions)
            for action in wanted { perform(action, slot, number) }
            wanted.removeAll(keepingCapacity: true)
            swap(&wanted, &actions)
            if slots[number] != nil { schedule(slot, number) }
        }
        isWorking = false
    }

    private func perform(_ action: MachineAction, _ slot: Slot, _ number: Int) {
        switch action {
        case .sendDHCP(let octets): sendDHCP(octets, slot)
        case .sendTFTP(let octets, let own, let target, let port):
            guard let address = slot.machine.address else { return }
            for _ in 0..<copies(slot) { transferPorts[own].send(octets, from: address, to: target, port: port) }
        case .connect(let target, let port, let isSecure): connect(target, port, isSecure, slot, number)
        case .send(let octets, let keepsBody, let isHead):
            slot.connection?.send(octets, keepsBody: keepsBody, isHead: isHead)
        case .disconnect: disconnect(slot)
        case .done(let step, let time): tally.record(step, time)
        case .count(let counter): tally.count(counter)
        case .trouble(let kind, let example): tally.trouble(kind, example: example)
        case .end(let outcome):
            disconnect(slot)
            tally.end(outcome, isKnown: number <= part.plan.nodes, at: now)
            slots[number] = nil
        }
    }

    private func connect(_ target: IPv4Address, _ port: UInt16, _ isSecure: Bool, _ slot: Slot, _ number: Int) {
        disconnect(slot)
        guard let address = slot.machine.address else { return }
        slot.connection = MachineConnection.open(
            from: address, to: target, port: port, tls: isSecure ? part.tls : nil,
            pieceSize: part.plan.loadsWholeFiles ? 1 << 18 : 1 << 14, on: eventLoop
        ) { [unowned self] happening in
            switch happening {
            case .reached: give(.reached, to: number)
            case .connected: give(.connected, to: number)
            case .answer(let answer): give(.answer(answer), to: number)
            case .closed(let reason): give(.closed(reason), to: number)
            }
        }
    }

    private func disconnect(_ slot: Slot) {
        guard let connection = slot.connection else { return }
        tally.octetsReceived += connection.octetsReceived
        tally.octetsSent += connection.octetsSent
        connection.close()
        slot.connection = nil
    }

    // MARK: Datagrams

    private func sendDHCP(_ octets: [UInt8], _ slot: Slot) {
        let relayed = RelayAgent.forward(octets, by: part.plan.relay(part.position))
        tally.count(.dhcpPackets)
        for _ in 0..<copies(slot) {
            for member in part.members { relay?.send(relayed, from: nil, to: member, port: 67) }
        }
    }

    private func takeRelayed(_ datagram: ByteBuffer) {
        guard let mac = RelayAgent.client(of: datagram), let number = part.plan.number(of: mac) else { return }
        arrive(datagram, number) { .dhcp(Array($0.readableBytesView)) }
    }

    private func arrive(_ datagram: ByteBuffer, _ number: Int, _ input: (ByteBuffer) -> MachineInput) {
        tally.octetsReceived += datagram.readableBytes
        guard let slot = slots[number] else { return }
        for _ in 0..<copies(slot) { give(input(datagram), to: number) }
    }

    /// How many of a datagram arrive: one, or none or two by a planned fault.
    private func copies(_ slot: Slot) -> Int {
        if slot.random.chance(part.plan.faults.loss) {
            tally.count(.datagramsLost)
            return 0
        }
        if slot.random.chance(part.plan.faults.duplicate) {
            tally.count(.datagramsDoubled)
            return 2
        }
        return 1
    }
}
