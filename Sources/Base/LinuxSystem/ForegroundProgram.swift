import CLinux
import MusterBase
import Synchronization

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif

/// A program that works with the person at the keyboard: it has this process's standard input, output and error, and
/// with them its terminal.
package enum ForegroundProgram {
    /// Runs the program to its end.
    ///
    /// A task that is cancelled sends SIGTERM, and goes on to wait. A program that asked the kernel to end with its
    /// parent (PR_SET_PDEATHSIG) ends with this process, and not before.
    ///
    /// - Parameters:
    ///   - environment: All that the program has.
    ///   - receiver: Who gets the signal, by the process id of the program.
    /// - Returns: The exit status; 128 and the number for a signal.
    /// - Throws: ``MusterError`` `systemFailure` when it cannot be started.
    package static func run(
        _ tool: Tool, _ arguments: [String], environment: [String: String],
        receiver: @escaping @Sendable (Int32) -> Int32 = { $0 }
    ) async throws -> Int32 {
        guard let path = tool.installedPath else { throw SystemToolRunner.missing(tool) }
        let run = Run(path: path, arguments: arguments, environment: environment, receiver: receiver)
        return try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { run.begin($0) }
        } onCancel: {
            run.end()
        }
    }

    /// One run of a program, on a thread that starts it and stays until it has ended.
    private final class Run: Sendable {
        private struct State {
            /// Nil before it has started and after it has ended: then the number may be another's.
            var process: Int32?
            var isToEnd = false
            var waiting: CheckedContinuation<Int32, any Error>?
        }

        private let path: String
        private let arguments: [String]
        private let environment: [String: String]
        private let receiver: @Sendable (Int32) -> Int32
        private let state = Mutex(State())

        init(
            path: String, arguments: [String], environment: [String: String],
            receiver: @escaping @Sendable (Int32) -> Int32
        ) {
            self.path = path
            self.arguments = arguments
            self.environment = environment
            self.receiver = receiver
        }

        func begin(_ waiting: CheckedContinuation<Int32, any Error>) {
            state.withLock { $0.waiting = waiting }
            var thread = pthread_t()
            let pointer = Unmanaged.passRetained(self)
            let error = pthread_create(
                &thread, nil,
                { pointer in
                    if let pointer { Unmanaged<Run>.fromOpaque(pointer).takeRetainedValue().carryOut() }
                    return nil
                }, pointer.toOpaque())
            guard error == 0 else {
                pointer.release()
                return finish(.failure(systemError("cannot start a thread", KernelError(error))))
            }
            pthread_detach(thread)
        }

        func end() {
            state.withLock { state in
                state.isToEnd = true
                if let process = state.process { kill(receiver(process), SIGTERM) }
            }
        }

        private func carryOut() {
            let settings = environment.map { "\($0.key)=\($0.value)" }.sorted()
            let process = ChildProcess.withArgumentVector([path] + arguments) { arguments in
                ChildProcess.withArgumentVector(settings) { muster_spawn_foreground(path, arguments, $0) }
            }
            guard process > 0 else { return finish(.failure(systemError("cannot start \(path)"))) }
            state.withLock { state in
                state.process = process
                if state.isToEnd { kill(process, SIGTERM) }
            }
            finish(Result { try waitWithoutReaping(process) })
        }

        /// As long as nobody has taken its status, the number stays its own.
        private func waitWithoutReaping(_ process: Int32) throws -> Int32 {
            var information = siginfo_t()
            while waitid(P_PID, id_t(process), &information, WEXITED | WNOWAIT) < 0 {
                guard errno == EINTR else { throw systemError("cannot wait for process \(process)") }
            }
            state.withLock { $0.process = nil }
            return try ChildProcess.wait(process)
        }

        private func finish(_ result: Result<Int32, any Error>) {
            state.withLock { state in
                defer { state.waiting = nil }
                return state.waiting
            }?.resume(with: result)
        }
    }
}
