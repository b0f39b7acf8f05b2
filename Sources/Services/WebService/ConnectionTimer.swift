import NIOCore

/// Closes a connection that takes too long. One scheduled task a connection, whatever the number of requests.
struct ConnectionTimer {
    private var deadline: NIODeadline
    private var task: Scheduled<Void>?

    init() { deadline = .now() }

    var isDue: Bool { NIODeadline.now() >= deadline }

    mutating func set(after duration: Duration) { deadline = .now() + TimeAmount(duration) }

    /// Runs `check` at the deadline; it has to arm again.
    mutating func arm(on eventLoop: any EventLoop, _ check: @escaping () -> Void) {
        task?.cancel()
        task = eventLoop.assumeIsolated().scheduleTask(deadline: deadline, check)
    }

    mutating func stop() {
        task?.cancel()
        task = nil
    }
}
