import CLinux
import Glibc
import LinuxSystem
import MusterBase
import Synchronization

/// A musterd of the simulation's own. The kernel kills it when this process ends, however that happens.
public final class ServiceProcess: Sendable {
    public let process: Int32
    private let ended: Promise

    /// Its end, for all who wait.
    private final class Promise: Sendable {
        private struct State {
            var status: Int32?
            var waiters: [CheckedContinuation<Int32, Never>] = []
        }

        private let state = Mutex(State())

        func set(_ status: Int32) {
            let waiters = state.withLock { state in
                state.status = status
                defer { state.waiters = [] }
                return state.waiters
            }
            for waiter in waiters { waiter.resume(returning: status) }
        }

        var status: Int32? { state.withLock { $0.status } }

        func wait() async -> Int32 {
            await withCheckedContinuation { continuation in
                let status = state.withLock { state in
                    if state.status == nil { state.waiters.append(continuation) }
                    return state.status
                }
                if let status { continuation.resume(returning: status) }
            }
        }
    }

    /// What the thread that keeps the child is given.
    private final class Order: Sendable {
        let executable: String
        let arguments: [String]
        let log: String
        let namespace: NetworkNamespace
        let ended: Promise
        let started: CheckedContinuation<Int32, any Error>

        init(
            _ executable: String, _ arguments: [String], log: String, namespace: NetworkNamespace, ended: Promise,
            started: CheckedContinuation<Int32, any Error>
        ) {
            self.executable = executable
            self.arguments = arguments
            self.log = log
            self.namespace = namespace
            self.ended = ended
            self.started = started
        }

        /// The kernel binds the child to the thread that made it: this one stays until the child has ended.
        func carryOut() {
            let process: Int32
            do {
                process = try ChildProcess.spawnBound(executable, arguments, log: log, in: namespace)
            } catch {
                return started.resume(throwing: error)
            }
            started.resume(returning: process)
            ended.set((try? ChildProcess.wait(process)) ?? -1)
        }
    }

    private init(process: Int32, ended: Promise) {
        self.process = process
        self.ended = ended
    }

    /// Starts a program in a network namespace; its output goes to a file.
    public static func start(
        _ executable: String, _ arguments: [String], log: String, in namespace: NetworkNamespace
    ) async throws -> ServiceProcess {
        let ended = Promise()
        let process = try await withCheckedThrowingContinuation { started in
            let order = Order(
                executable, arguments, log: log, namespace: namespace, ended: ended, started: started)
            var thread = pthread_t()
            let pointer = Unmanaged.passRetained(order)
            let error = pthread_create(
                &thread, nil,
                { pointer in
                    if let pointer { Unmanaged<Order>.fromOpaque(pointer).takeRetainedValue().carryOut() }
                    return nil
                }, pointer.toOpaque())
            guard error == 0 else {
                pointer.release()
                return started.resume(throwing: systemError("cannot start a thread", KernelError(error)))
            }
            pthread_detach(thread)
        }
        return ServiceProcess(process: process, ended: ended)
    }

    /// Its exit status when it has ended; 128 and the number for a signal.
    public var exitStatus: Int32? { ended.status }

    /// Waits for its end, and returns its exit status.
    public func end() async -> Int32 { await ended.wait() }

    /// Asks it to end, and kills it when it does not in time.
    public func stop(within limit: Duration = .seconds(20)) async {
        guard ended.status == nil else { return }
        kill(process, SIGTERM)
        await withTaskGroup(of: Void.self) { group in
            group.addTask { [ended] in _ = await ended.wait() }
            let timer = Task { [process] in
                guard (try? await Task.sleep(for: limit)) != nil else { return }
                kill(process, SIGKILL)
            }
            await group.waitForAll()
            timer.cancel()
        }
    }
}
