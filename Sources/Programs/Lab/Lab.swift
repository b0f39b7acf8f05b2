import Glibc
import LinuxSystem
import MusterBase

/// A lab that runs: an isolated network with musterd and virtual machines, under one supervisor.
public struct Lab: Sendable {
    public let stateDirectory: String
    let tools: any ToolRunner
    /// Held open as long as this value lives, for a lab that ends with its caller.
    let lifeline: LabLifeline?

    var directory: LabDirectory { LabDirectory(stateDirectory: stateDirectory) }
    private var control: LabControlClient { LabControlClient(directory: directory) }

    /// The lab of that state directory, whether or not one runs there.
    public init(stateDirectory: String, tools: any ToolRunner = SystemToolRunner()) {
        self.init(stateDirectory: stateDirectory, tools: tools, lifeline: nil)
    }

    init(stateDirectory: String, tools: any ToolRunner, lifeline: LabLifeline?) {
        self.stateDirectory = stateDirectory
        self.tools = tools
        self.lifeline = lifeline
    }

    /// Ends the lab, if one runs, and removes all that it left: processes, interfaces, sockets, logs. Also after its
    /// supervisor was killed. Nothing to do is no error.
    ///
    /// - Returns: The names of the machines that it had; nil when there was nothing to end.
    @discardableResult
    public func down() async throws -> [String]? {
        try directory.refuseForeign()
        guard Files.exists(directory.root) else { return nil }
        // One that hangs is ended all the same; what it had then stands in its configuration.
        let status = try? await control.ask(LabRequest(.status), patience: .seconds(2))
        let configuration = try? LabConfiguration.load(stateDirectory: stateDirectory)
        try await control.shutdown(grace: SupervisorState.grace + .seconds(3))
        for socket in configuration?.services.compactMap(\.socket) ?? [] { try Files.remove(socket) }
        try FileTree.remove(directory.root)
        return (status?.machines.map(\.machine) ?? configuration?.machines ?? []).map(\.name)
    }

    /// What is in the lab; nil when none runs.
    ///
    /// - Throws: `forbidden` when it is another user's.
    public func status() async throws -> LabStatus? {
        try directory.refuseForeign()
        guard UnixSocket.accepts(directory.control) else { return nil }
        return try await control.ask(LabRequest(.status))
    }

    /// Refuses a name that no machine of the lab has.
    public func requireMachine(_ name: String) async throws {
        guard let status = try await status() else {
            throw MusterError(.unavailable, "no lab runs in \(stateDirectory)", advice: "start one: muster lab up")
        }
        let names = status.machines.map(\.machine.name)
        guard names.contains(name) else {
            throw MusterError(
                .notFound, "the lab has no machine '\(name)'", advice: "there are: \(names.joined(separator: ", "))")
        }
    }

    // MARK: Machines and services

    /// Adds a machine to a lab that runs; it is not started.
    @discardableResult
    public func add(_ machine: LabMachine) async throws -> LabStatus {
        try await ask(LabRequest(.addMachine, machine: machine))
    }

    /// Adds a program to a lab that runs; it is not started.
    @discardableResult
    public func add(_ service: LabService) async throws -> LabStatus {
        try await ask(LabRequest(.addService, service: service))
    }

    /// Starts a machine or a service. Returns when its process runs.
    @discardableResult
    public func start(_ name: String) async throws -> LabStatus { try await ask(LabRequest(.start, name: name)) }

    /// Pulls the plug of a machine, or ends a service. Returns when its process is gone.
    @discardableResult
    public func stop(_ name: String) async throws -> LabStatus { try await ask(LabRequest(.stop, name: name)) }

    /// Presses a machine's reset button.
    @discardableResult
    public func reset(_ name: String) async throws -> LabStatus { try await ask(LabRequest(.reset, name: name)) }

    /// Asks the system on a machine to shut down, as its power button does.
    @discardableResult
    public func powerDown(_ name: String) async throws -> LabStatus {
        try await ask(LabRequest(.powerDown, name: name))
    }

    /// Switches a machine off and on; one that is off is switched on. Also restarts a service, by stop and start.
    @discardableResult
    public func powerCycle(_ name: String) async throws -> LabStatus {
        try await ask(LabRequest(.powerCycle, name: name))
    }

    /// Sends a signal to a service or to a machine's QEMU.
    @discardableResult
    public func signal(_ name: String, _ signal: Int32) async throws -> LabStatus {
        try await ask(LabRequest(.signal, name: name, signal: signal))
    }

    private func ask(_ request: LabRequest) async throws -> LabStatus {
        do {
            return try await control.ask(request)
        } catch let error as MusterError where error.code == .unavailable {
            throw MusterError(
                .unavailable, "no lab runs in \(stateDirectory)", advice: "start one: muster lab up", cause: error)
        }
    }

    /// Waits until a service of the lab is ready: its socket accepts.
    ///
    /// - Throws: `systemFailure` with its last words when it has ended, `timeout` after `limit`.
    public func waitUntilReady(_ name: String, limit: Duration = .seconds(60)) async throws {
        let deadline = ContinuousClock.now + limit
        while true {
            guard let entry = try await status()?.services.first(where: { $0.service.name == name }) else {
                throw MusterError(
                    .notFound, "the lab has no service \(name)", advice: lastWords(directory.supervisorLog))
            }
            if entry.state == .failed || entry.state == .stopped {
                throw MusterError(
                    .systemFailure, "\(name) has ended with status \(entry.exitStatus ?? -1)",
                    advice: lastWords(directory.log(ofService: name)))
            }
            guard let socket = entry.service.socket, !UnixSocket.accepts(socket) else { return }
            guard ContinuousClock.now < deadline else {
                throw MusterError(
                    .timeout, "\(name) does not accept connections on \(socket) after \(limit)",
                    advice: lastWords(directory.log(ofService: name)))
            }
            try await Task.sleep(for: .milliseconds(50))
        }
    }

    func lastWords(_ log: String) -> String? {
        guard let text = try? Files.readText(log) else { return nil }
        let lines = text.split(whereSeparator: \.isNewline).suffix(4)
        return lines.isEmpty ? nil : "its last words (\(log)): " + lines.joined(separator: " | ")
    }
}
