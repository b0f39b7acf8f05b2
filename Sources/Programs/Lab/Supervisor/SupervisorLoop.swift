import Glibc
import LinuxSystem
import MusterBase

/// The supervisor's one thread: waits for signals, clients and time, asks ``SupervisorState`` what to do, does it.
struct SupervisorLoop {
    private var state: SupervisorState
    private let signals: Int32
    private let listener: Int32
    /// Readable when the process that made the lab has ended; nil for a lab that outlives it.
    private let lifeline: Int32?
    private let machines: MachineStarter
    private var clients = ControlClients()
    private var watches: [String: ConsoleWatch] = [:]
    private var isOver = false

    init(state: SupervisorState, signals: Int32, listener: Int32, lifeline: Int32?, machines: MachineStarter) {
        self.state = state
        self.signals = signals
        self.listener = listener
        self.lifeline = lifeline
        self.machines = machines
    }

    mutating func run() {
        perform(state.begin())
        logLine("the lab is up")
        while !isOver {
            var entries = [signals, listener].map { pollfd(fd: $0, events: Int16(POLLIN), revents: 0) }
            entries += clients.descriptors.map { pollfd(fd: $0, events: Int16(POLLIN), revents: 0) }
            // The other end is never written to: only its closing is of interest.
            if let lifeline { entries.append(pollfd(fd: lifeline, events: 0, revents: 0)) }
            _ = poll(&entries, nfds_t(entries.count), 1000)
            for entry in entries where entry.revents != 0 { ready(entry.fd) }
            tick()
        }
        logLine("the lab is over")
    }

    private mutating func ready(_ descriptor: Int32) {
        switch descriptor {
        case signals: readSignals()
        case listener: clients.accept(from: listener)
        case lifeline: handle(.shutdown)
        default:
            for (client, request) in clients.read(descriptor) { take(request, from: client) }
        }
    }

    private mutating func take(_ request: Result<LabRequest, MusterError>, from client: Int) {
        switch request {
        case .success(let request):
            let name = request.name ?? request.machine?.name ?? request.service?.name ?? ""
            if request.operation != .status { logLine("asked: \(request.operation.rawValue) \(name)") }
            handle(.request(request, client: client))
        case .failure(let error):
            clients.reply(LabResponse(error: error), to: client)
        }
    }

    private mutating func readSignals() {
        var numbers = [UInt8](repeating: 0, count: 64)
        let count = read(signals, &numbers, numbers.count)
        guard count > 0 else { return }
        for number in numbers[..<count] where Int32(number) != SIGCHLD { handle(.shutdown) }
    }

    private mutating func tick() {
        // Not only on SIGCHLD: one signal may stand for many children.
        while let (process, status) = ChildProcess.reap() {
            logLine("process \(process) ended with status \(status)")
            handle(.ended(process: process, status: status))
        }
        for name in watches.keys where watches[name]?.hasGivenUp() == true { handle(.foundNothingToBoot(name)) }
        // Whoever removes the directory wants the lab gone, and could not reach it any more.
        if access(LabDirectory.configurationName, F_OK) != 0 { handle(.shutdown) }
        handle(.tick)
    }

    private mutating func handle(_ input: SupervisorState.Input) { perform(state.handle(input, at: .now)) }

    private mutating func perform(_ actions: [SupervisorState.Action]) {
        for action in actions {
            switch action {
            case .spawnMachine(let machine):
                watches[machine.name] = ConsoleWatch(machine)
                tell(machine.name, Result { try machines.start(machine) })
            case .spawnService(let service):
                tell(service.name, Result { try Self.start(service) })
            case .signal(let process, let number): kill(process, number)
            case .reset(let name, let client): command("system_reset", to: name, for: client)
            case .powerDown(let name, let client): command("system_powerdown", to: name, for: client)
            case .reply(let client, let response): clients.reply(response, to: client)
            case .exit: isOver = true
            }
        }
    }

    private static func start(_ service: LabService) throws -> Int32 {
        try ChildProcess.spawn(service.executable, service.arguments, log: "\(service.name).log", newSession: true)
    }

    /// Tells the state how the start of a process went.
    private mutating func tell(_ name: String, _ start: Result<Int32, any Error>) {
        do {
            let process = try start.get()
            logLine("started \(name) as process \(process)")
            handle(.started(name, process: process))
        } catch {
            let error = error as? MusterError ?? MusterError(.systemFailure, "cannot start \(name)", cause: error)
            logLine("could not start \(name): \(error)")
            handle(.startFailed(name, error))
        }
    }

    private mutating func command(_ command: String, to machine: String, for client: Int?) {
        let response: LabResponse
        do {
            try QEMUMonitor(socket: LabDirectory.monitorName(machine)).execute(command)
            logLine("\(machine): \(command)")
            response = LabResponse(status: state.status)
        } catch {
            logLine("\(machine): \(command) failed: \(error)")
            response = LabResponse(error: error as? MusterError ?? MusterError(.systemFailure, "\(error)"))
        }
        if let client { clients.reply(response, to: client) }
    }
}

/// Follows the console's log of one machine.
private struct ConsoleWatch {
    private let path: String
    private var watch: BootWatch
    private var offset: Int64

    init?(_ machine: LabMachine) {
        watch = BootWatch(firmware: machine.firmware)
        guard watch.isNeeded else { return nil }
        path = LabDirectory.consoleLogName(machine.name)
        // What an earlier run of the machine said is no news.
        offset = Files.size(path) ?? 0
    }

    mutating func hasGivenUp() -> Bool {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return false }
        defer { close(descriptor) }
        var buffer = [UInt8](repeating: 0, count: 64 << 10)
        var found = false
        while true {
            let count = pread(descriptor, &buffer, buffer.count, off_t(offset))
            guard count > 0 else { return found }
            offset += Int64(count)
            if watch.sees(buffer[..<count]) { found = true }
        }
    }
}
