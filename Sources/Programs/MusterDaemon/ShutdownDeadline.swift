import Dispatch
import Synchronization

/// Ends the process when it has not come to its end some time after it was told to.
///
/// The services' own limits on their shutdown are kept by tasks. Should all threads of tasks be taken up, nothing of that
/// runs any more; this has a thread of its own.
final package class ShutdownDeadline: Sendable {
    private let allowance: DispatchTimeInterval
    private let end: @Sendable () -> Void
    private let queue = DispatchQueue(label: "muster.shutdown-deadline")
    private let hasBegun = Mutex(false)
    private let sources = Mutex<[any DispatchSourceSignal]>([])

    /// - Parameters:
    ///   - allowance: how long the shutdown may take, in seconds.
    ///   - end: ends the process; called once, on a thread that no task runs on.
    package init(allowance: Double, end: @escaping @Sendable () -> Void) {
        self.allowance = .milliseconds(Int(allowance * 1000))
        self.end = end
    }

    /// Lets the time run from the first of these signals on. What else they do is left as it is.
    package func watch(_ signals: [CInt]) {
        sources.withLock { sources in
            for signal in signals {
                let source = DispatchSource.makeSignalSource(signal: signal, queue: queue)
                source.setEventHandler { [weak self] in self?.begin() }
                source.resume()
                sources.append(source)
            }
        }
    }

    /// Lets the time run, unless it runs already.
    package func begin() {
        let isFirst = hasBegun.withLock { begun in
            defer { begun = true }
            return !begun
        }
        guard isFirst else { return }
        queue.asyncAfter(deadline: .now() + allowance, execute: end)
    }
}
