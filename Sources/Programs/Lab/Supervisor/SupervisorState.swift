import MusterBase

/// What a lab's supervisor knows and decides: each input gives actions, which the loop carries out. It restarts nothing
/// by itself.
package struct SupervisorState: Sendable {
    package enum Input: Sendable {
        case request(LabRequest, client: Int)
        case started(String, process: Int32)
        case startFailed(String, MusterError)
        /// A process that was spawned has ended, with this exit status.
        case ended(process: Int32, status: Int32)
        /// The firmware of that machine found nothing to boot.
        case foundNothingToBoot(String)
        /// Time went on.
        case tick
        /// A signal, or the end of the process that made the lab.
        case shutdown
    }

    package enum Action: Sendable, Hashable {
        case spawnMachine(LabMachine)
        case spawnService(LabService)
        case signal(process: Int32, Int32)
        /// Done on a machine; the client, where one asked for it, is told how it went.
        case reset(String, client: Int?)
        case powerDown(String, client: Int)
        case reply(client: Int, LabResponse)
        /// All is over.
        case exit
    }

    package enum Subject: Sendable, Hashable {
        case machine(LabMachine)
        case service(LabService)
    }

    struct Entry {
        var subject: Subject
        var state: LabProcessState = .stopped
        var process: Int32?
        var exitStatus: Int32?
        var bootRetries = 0
        /// When a process that was told to end is killed.
        var killTime: ContinuousClock.Instant?
        var startsAgain = false
        /// The clients that wait until it is started or stopped.
        var waiting: [Int] = []
    }

    /// How long a process may take to obey SIGTERM.
    package static let grace: Duration = .seconds(5)

    let configuration: LabConfiguration
    private(set) var entries: [String: Entry] = [:]
    private(set) var order: [String] = []
    private(set) var isShuttingDown = false

    package init(_ configuration: LabConfiguration) {
        self.configuration = configuration
        for service in configuration.services { insert(service.name, .service(service)) }
        for machine in configuration.machines { insert(machine.name, .machine(machine)) }
    }

    private mutating func insert(_ name: String, _ subject: Subject) {
        entries[name] = Entry(subject: subject)
        order.append(name)
    }

    /// What to do when the lab comes up: its services are started. Machines wait to be asked for.
    package mutating func begin() -> [Action] {
        order.flatMap { name -> [Action] in
            guard case .service = entries[name]?.subject else { return [] }
            return spawn(name)
        }
    }

    package mutating func handle(_ input: Input, at now: ContinuousClock.Instant) -> [Action] {
        switch input {
        case .request(let request, let client):
            do {
                return try answer(request, client: client, at: now)
            } catch {
                return [.reply(client: client, LabResponse(error: error))]
            }
        case .started(let name, let process):
            entries[name]?.process = process
            return settle(name, .running)
        case .startFailed(let name, let error):
            return fail(name, error)
        case .ended(let process, let status):
            return ended(process, status: status)
        case .foundNothingToBoot(let name):
            guard entries[name]?.state == .running else { return [] }
            entries[name]?.bootRetries += 1
            return [.reset(name, client: nil)]
        case .tick:
            return killLate(at: now)
        case .shutdown:
            return shutdown(at: now)
        }
    }

    package var status: LabStatus {
        var status = LabStatus(
            name: configuration.name, stateDirectory: configuration.stateDirectory,
            networks: configuration.networks, acceleration: configuration.acceleration ?? .emulation, services: [],
            machines: [])
        for entry in order.compactMap({ entries[$0] }) {
            switch entry.subject {
            case .machine(let machine):
                status.machines.append(
                    .init(
                        machine: machine, state: entry.state, bootRetries: entry.bootRetries,
                        exitStatus: entry.exitStatus))
            case .service(let service):
                status.services.append(.init(service: service, state: entry.state, exitStatus: entry.exitStatus))
            }
        }
        return status
    }

    // MARK: Requests

    private mutating func answer(
        _ request: LabRequest, client: Int, at now: ContinuousClock.Instant
    ) throws(MusterError) -> [Action] {
        let done = Action.reply(client: client, LabResponse(status: status))
        switch request.operation {
        case .status:
            return [done]
        case .addMachine:
            try add(request.machine)
        case .addService:
            guard let service = request.service else { throw Self.incomplete(request) }
            try refuseKnown(service.name)
            insert(service.name, .service(service))
        case .start:
            return try start(named(request), client: client)
        case .stop:
            return try stop(named(request), client: client, startsAgain: false, at: now) ?? [done]
        case .powerCycle:
            let name = try machine(request)
            if let actions = stop(name, client: client, startsAgain: true, at: now) { return actions }
            return try start(name, client: client)
        case .signal:
            guard let signal = request.signal else { throw Self.incomplete(request) }
            return [.signal(process: try running(named(request)), signal), done]
        case .reset:
            let name = try machine(request)
            _ = try running(name)
            return [.reset(name, client: client)]
        case .powerDown:
            let name = try machine(request)
            _ = try running(name)
            return [.powerDown(name, client: client)]
        case .shutdown:
            return shutdown(at: now)
        }
        return [.reply(client: client, LabResponse(status: status))]
    }

    private mutating func add(_ machine: LabMachine?) throws(MusterError) {
        guard let machine else { throw Self.incomplete(LabRequest(.addMachine)) }
        try machine.validate(networks: configuration.networks)
        try refuseKnown(machine.name)
        for case .machine(let other) in entries.values.map(\.subject) where other.index == machine.index {
            throw MusterError(.alreadyExists, "machine \(other.name) of the lab has the number \(machine.index)")
        }
        insert(machine.name, .machine(machine))
    }

    private func refuseKnown(_ name: String) throws(MusterError) {
        guard entries[name] == nil else { throw MusterError(.alreadyExists, "the lab has \(name) already") }
    }

    private static func incomplete(_ request: LabRequest) -> MusterError {
        MusterError(.invalidInput, "the request \(request.operation.rawValue) to the lab is incomplete")
    }

    private func named(_ request: LabRequest) throws(MusterError) -> String {
        guard let name = request.name else { throw Self.incomplete(request) }
        guard entries[name] != nil else { throw MusterError(.notFound, "the lab has nothing named \(name)") }
        return name
    }

    private func machine(_ request: LabRequest) throws(MusterError) -> String {
        let name = try named(request)
        guard case .machine = entries[name]?.subject else {
            throw MusterError(.invalidInput, "\(name) is no machine of the lab")
        }
        return name
    }

    private func running(_ name: String) throws(MusterError) -> Int32 {
        guard let entry = entries[name], entry.state == .running, let process = entry.process else {
            throw MusterError(.conflict, "\(name) does not run")
        }
        return process
    }

    // MARK: Processes

    private mutating func start(_ name: String, client: Int) throws(MusterError) -> [Action] {
        guard let entry = entries[name], !isShuttingDown else {
            throw MusterError(.conflict, "the lab is shutting down")
        }
        guard entry.process == nil else { throw MusterError(.conflict, "\(name) runs already") }
        if case .machine = entry.subject { try refuseTooMany() }
        entries[name]?.waiting.append(client)
        return spawn(name)
    }

    private func refuseTooMany() throws(MusterError) {
        let running = entries.values.count { entry in
            if case .machine = entry.subject { entry.process != nil } else { false }
        }
        guard running < configuration.runningLimit else {
            throw MusterError(
                .exhausted, "\(running) machines of the lab run, which is its limit",
                advice: "stop one, or make the lab with a higher limit")
        }
    }

    private func spawn(_ name: String) -> [Action] {
        switch entries[name]?.subject {
        case .machine(let machine): [.spawnMachine(machine)]
        case .service(let service): [.spawnService(service)]
        case nil: []
        }
    }

    /// nil when it does not run.
    private mutating func stop(
        _ name: String, client: Int?, startsAgain: Bool, at now: ContinuousClock.Instant
    ) -> [Action]? {
        guard let process = entries[name]?.process else { return nil }
        if let client { entries[name]?.waiting.append(client) }
        entries[name]?.startsAgain = startsAgain
        guard entries[name]?.state == .running else { return [] }
        entries[name]?.state = .stopping
        entries[name]?.killTime = now + Self.grace
        return [.signal(process: process, Self.terminate)]
    }

    private mutating func ended(_ process: Int32, status code: Int32) -> [Action] {
        guard let (name, entry) = entries.first(where: { $0.value.process == process }) else { return [] }
        let wasAsked = entry.state == .stopping
        entries[name]?.process = nil
        entries[name]?.killTime = nil
        entries[name]?.exitStatus = code
        if entry.startsAgain, !isShuttingDown {
            entries[name]?.startsAgain = false
            return spawn(name)
        }
        let actions = settle(name, wasAsked || code == 0 ? .stopped : .failed)
        return actions + exitWhenAllEnded()
    }

    private mutating func settle(_ name: String, _ state: LabProcessState) -> [Action] {
        entries[name]?.state = state
        let waiting = entries[name]?.waiting ?? []
        entries[name]?.waiting = []
        return waiting.map { .reply(client: $0, LabResponse(status: status)) }
    }

    private mutating func fail(_ name: String, _ error: MusterError) -> [Action] {
        let waiting = entries[name]?.waiting ?? []
        entries[name]?.waiting = []
        entries[name]?.state = .failed
        return waiting.map { .reply(client: $0, LabResponse(error: error)) }
    }

    private mutating func killLate(at now: ContinuousClock.Instant) -> [Action] {
        var actions: [Action] = []
        for name in order {
            guard let entry = entries[name], let time = entry.killTime, time <= now, let process = entry.process else {
                continue
            }
            // Not again at each tick, but again: a signal to a process 1 is no promise.
            entries[name]?.killTime = now + Self.grace
            actions.append(.signal(process: process, Self.kill))
        }
        return actions
    }

    private mutating func shutdown(at now: ContinuousClock.Instant) -> [Action] {
        isShuttingDown = true
        return order.flatMap { stop($0, client: nil, startsAgain: false, at: now) ?? [] } + exitWhenAllEnded()
    }

    private func exitWhenAllEnded() -> [Action] {
        isShuttingDown && entries.values.allSatisfy { $0.process == nil } ? [.exit] : []
    }

    private static let terminate: Int32 = 15
    private static let kill: Int32 = 9
}
