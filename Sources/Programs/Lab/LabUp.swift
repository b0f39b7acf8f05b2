import Glibc
import LinuxSystem
import MusterBase

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

extension Lab {
    /// Makes a lab and returns when its services are ready and its machines are started, as many as may run.
    ///
    /// - Parameters:
    ///   - muster: The absolute path of the program that runs ``LabSupervisor/run(_:)`` when called as
    ///     `muster lab supervise --state-dir DIR`.
    ///   - startingMachines: False leaves the machines switched off.
    ///   - report: Called with each thing that people want to know.
    /// - Throws: `alreadyExists` when a lab runs in that state directory. On any error nothing is left running.
    public static func up(
        _ configuration: LabConfiguration, muster: String, tools: any ToolRunner = SystemToolRunner(),
        startingMachines: Bool = true, report: @Sendable (String) -> Void = { _ in }
    ) async throws -> Lab {
        var configuration = configuration
        try configuration.validate()
        try LabDirectory(stateDirectory: configuration.stateDirectory).refuseForeign()
        let lock = try DirectoryLock(configuration.stateDirectory)
        defer { lock.release() }
        let earlier = Lab(stateDirectory: configuration.stateDirectory, tools: tools)
        guard !UnixSocket.accepts(earlier.directory.control) else {
            throw MusterError(
                .alreadyExists, "a lab runs already in \(configuration.stateDirectory)",
                advice: "end it: muster lab down")
        }
        try await earlier.down()
        if configuration.acceleration == nil {
            configuration.acceleration = await accelerate(earlier.directory, tools: tools, report: report)
        }
        try prepare(configuration)
        let lab = try launch(configuration, muster: muster, tools: tools)
        do {
            try await lab.awaitServices(of: configuration)
            if startingMachines { try await lab.startMachines(of: configuration, report: report) }
        } catch {
            // What is removed with the lab was read into the error.
            _ = try? await lab.down()
            throw error
        }
        return lab
    }

    private static func accelerate(
        _ directory: LabDirectory, tools: any ToolRunner, report: (String) -> Void
    ) async -> LabAcceleration {
        let result = await AccelerationProbe(tools: tools, cache: directory.acceleration).run()
        if let reason = result.reason {
            report("KVM cannot be used here (\(reason)): the machines are emulated, which takes longer")
        }
        return result.acceleration
    }

    private static func prepare(_ configuration: LabConfiguration) throws {
        let directory = LabDirectory(stateDirectory: configuration.stateDirectory)
        try Files.createDirectory(directory.root, mode: 0o700)
        try AtomicFile.write(try JSONEncoder().encode(configuration), to: directory.configuration, mode: 0o600)
    }

    /// Starts the supervisor in namespaces of its own.
    private static func launch(
        _ configuration: LabConfiguration, muster: String, tools: any ToolRunner
    ) throws -> Lab {
        let directory = LabDirectory(stateDirectory: configuration.stateDirectory)
        guard let setsid = Tool.setsid.installedPath, let unshare = Tool.unshare.installedPath else {
            throw MusterError(
                .unavailable, "setsid and unshare are not installed", advice: "install them: apt install util-linux")
        }
        let lifeline = configuration.endsWithCaller ? try LabLifeline() : nil
        let arguments = NamespaceEntry.detachedArguments(
            asRoot: geteuid() == 0, unshare: unshare,
            command: [muster, "lab", "supervise", "--state-dir", configuration.stateDirectory])
        let process = try ChildProcess.spawn(
            setsid, arguments, standardInput: lifeline?.otherEnd, log: directory.supervisorLog, newSession: false)
        _ = try ChildProcess.wait(process)
        lifeline?.closeOtherEnd()
        return Lab(stateDirectory: configuration.stateDirectory, tools: tools, lifeline: lifeline)
    }

    private func awaitServices(of configuration: LabConfiguration) async throws {
        let deadline = ContinuousClock.now + .seconds(20)
        while !UnixSocket.accepts(directory.control) {
            // unshare(1) and the supervisor write to its log only when something is wrong.
            let words = lastWords(directory.supervisorLog)
            guard words == nil, ContinuousClock.now < deadline else {
                throw MusterError(.systemFailure, "the lab's supervisor did not start", advice: words)
            }
            try await Task.sleep(for: .milliseconds(20))
        }
        for service in configuration.services { try await waitUntilReady(service.name) }
    }

    private func startMachines(of configuration: LabConfiguration, report: (String) -> Void) async throws {
        for machine in configuration.machines.prefix(configuration.runningLimit) { try await start(machine.name) }
        let left = configuration.machines.dropFirst(configuration.runningLimit).map(\.name)
        if !left.isEmpty {
            report("not started, since \(configuration.runningLimit) machines may run: \(left.joined(separator: ", "))")
        }
    }
}

/// Held while a lab is made, so that two do not come up in one directory.
struct DirectoryLock: Sendable {
    private let descriptor: Int32

    init(_ path: String) throws {
        descriptor = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0 else { throw systemError("cannot open the directory \(path)") }
        guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
            close(descriptor)
            throw MusterError(.conflict, "another lab is just being made in \(path)")
        }
    }

    func release() { close(descriptor) }
}

/// A pipe whose other end is the supervisor's standard input: it closes when this process ends, however that happens.
final class LabLifeline: Sendable {
    let otherEnd: Int32
    private let end: Int32

    init() throws {
        var ends: [Int32] = [-1, -1]
        guard pipe(&ends) == 0 else { throw systemError("cannot make a pipe") }
        for descriptor in ends { _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC) }
        (otherEnd, end) = (ends[0], ends[1])
    }

    func closeOtherEnd() { close(otherEnd) }

    deinit { close(end) }
}
