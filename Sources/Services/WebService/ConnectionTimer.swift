import NIOCore

/// Closes a connection that takes too long. One scheduled task a connection that looks now and then, instead of a new
/// one for each request.
struct ConnectionTimer {
    private var deadline: NIODeadline
    private var task: Scheduled<Void>?
    /// At most this long passes between two looks, and so between a deadline and its being seen.
    private let interval: TimeAmount

    /// - Parameter interval: the shortest of the times that are watched.
    init(interval: Duration) {
        self.interval = TimeAmount(interval)
        deadline = .now()
    }

    var isDue: Bool { NIODeadline.now() >= deadline }

    mutating func set(after duration: Duration) { deadline = .now() + TimeAmount(duration) }

    /// Runs `check` when it is time to look; it has to arm again.
    mutating func arm(on eventLoop: any EventLoop, _ check: @escaping () -> Void) {
        task?.cancel()
        task = eventLoop.assumeIsolated().scheduleTask(deadline: min(deadline, .now() + interval), check)
    }

    mutating func stop() {
        task?.cancel()
        task = nil
    }
}
