import CLinux
import Dispatch
import Synchronization

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif

/// Turns Ctrl-C, SIGTERM and the end of the terminal into the cancellation of the command that runs, so that it can put things in order.
///
/// A second signal, or one while the program waits for an answer at the keyboard, ends the process at once. Programs
/// that are started get the signals' default actions: a handler, unlike an ignored signal, does not outlive exec.
public final class Interrupts: Sendable {
    private struct State {
        var isAsking = false
        var signal: Int32?
        var command: Task<Int32, Never>?
    }

    private let state = Mutex(State())
    private let source = KeptSource()

    /// Takes the signals over from now on. One a process.
    public init() {
        let wanted = [SIGINT, SIGTERM, SIGHUP]
        let descriptor = muster_signal_pipe(wanted, Int32(wanted.count))
        // Without the pipe the signals keep their default action.
        guard descriptor >= 0 else { return }
        let reader = DispatchSource.makeReadSource(fileDescriptor: descriptor, queue: .global())
        reader.setEventHandler { [weak self] in
            var number: UInt8 = 0
            while read(descriptor, &number, 1) == 1 { self?.received(Int32(number)) }
        }
        reader.resume()
        source.value = reader
    }

    /// Runs the command; a signal cancels it, and the code then says which signal it was.
    func run(_ command: @escaping @Sendable () async -> Int32) async -> Int32 {
        let task = Task { await command() }
        let pending = state.withLock { state in
            state.command = task
            return state.signal
        }
        if pending != nil { task.cancel() }
        let code = await task.value
        // A command that was done all the same has its own code.
        guard code != 0, let number = state.withLock({ $0.signal }) else { return code }
        return 128 + number
    }

    /// Calls a function that waits for the keyboard and cannot be cancelled.
    func whileAsking<Value>(_ body: () -> Value) -> Value {
        state.withLock { $0.isAsking = true }
        defer { state.withLock { $0.isAsking = false } }
        return body()
    }

    private func received(_ number: Int32) {
        let (isLast, command) = state.withLock { state in
            let isLast = state.isAsking || state.signal != nil
            state.signal = number
            return (isLast, state.command)
        }
        if isLast { _exit(128 + number) }
        command?.cancel()
    }
}

/// Keeps the source alive; nobody touches it after it was made.
private final class KeptSource: @unchecked Sendable {
    var value: (any DispatchSourceRead)?
}
