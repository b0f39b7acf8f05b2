import MusterBase

/// The requests that a machine still has to make over one connection, and how often it tried the present one.
struct RequestSession: Sendable {
    /// In reverse order.
    private var waiting: [MachineRequest] = []
    private(set) var current: MachineRequest?
    private(set) var isSecure = false
    var isConnected = false
    /// Attempts at the present request.
    var attempts = 0
    /// The connection is to be opened when the machine's time comes.
    var isResting = false

    init() {}

    init(_ requests: [MachineRequest], isSecure: Bool) {
        waiting = requests.reversed()
        self.isSecure = isSecure
        advance()
    }

    /// Goes on to the next request; nil at the end.
    @discardableResult
    mutating func advance() -> MachineRequest? {
        attempts = 0
        current = waiting.popLast()
        return current
    }

    mutating func append(_ requests: [MachineRequest]) { waiting = requests.reversed() + waiting }

    /// How long to wait behind a failure: 1, 2, 4, 8, then 15 seconds, as the agent and its RetryPolicy.
    var retryPause: Duration { .seconds(min(Int64(1) << min(Int64(max(0, attempts - 1)), 4), 15)) }
}
