import CLinux
import Glibc
import LinuxSystem
import MusterBase

/// Process 1 of a lab: what `muster lab supervise` runs.
public enum LabSupervisor {
    /// Builds the lab's network, starts its services, and does what the control socket asks until it is told to end.
    /// When this process ends, by whatever cause, the kernel kills the rest of the lab and removes its network.
    ///
    /// Blocks the calling thread for the life of the lab. It reaps all children of the process: nothing else in it may
    /// start programs.
    ///
    /// - Throws: ``MusterError`` when the lab cannot be set up.
    public static func run(_ configuration: LabConfiguration) throws {
        try configuration.validate()
        guard getpid() == 1 else {
            throw MusterError(
                .invalidInput, "the supervisor of a lab has to be process 1 of its own namespaces",
                advice: "it is started by muster lab up")
        }
        let directory = LabDirectory(stateDirectory: configuration.stateDirectory)
        guard chdir(directory.root) == 0 else { throw systemError("cannot enter \(directory.root)") }
        for name in LabDirectory.directories { try Files.createDirectory(name) }
        // Before anything is started, so that no end of a child is missed.
        let signals = try signalPipe()
        try LabPlumbing().build(configuration.networks)
        let listener = try UnixSocket.listen(LabDirectory.controlName)
        var loop = SupervisorLoop(
            state: SupervisorState(configuration), signals: signals, listener: listener,
            lifeline: configuration.endsWithCaller ? STDIN_FILENO : nil,
            machines: MachineStarter(acceleration: configuration.acceleration ?? .emulation, directory: directory.root))
        loop.run()
    }

    private static func signalPipe() throws -> Int32 {
        let wanted = [SIGCHLD, SIGTERM, SIGINT, SIGHUP]
        let descriptor = muster_signal_pipe(wanted, Int32(wanted.count))
        guard descriptor >= 0 else { throw systemError("cannot set up the signals") }
        return descriptor
    }
}

/// One line a happening, with its time, to standard output: `lab/supervisor.log`.
func logLine(_ text: String) {
    let line = Array("\(Timestamp.now()) \(text)\n".utf8)
    _ = write(STDOUT_FILENO, line, line.count)
}
