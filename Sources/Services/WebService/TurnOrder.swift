/// Whose turn it is to answer on a connection. Requests are answered one after the other in the order in which they
/// came, whether a file answers or the API; a state machine without I/O.
struct TurnOrder {
    enum Turn {
        /// No request is being answered.
        case idle
        case file
        case upstream
    }

    private(set) var turn = Turn.idle
    private(set) var isRequestRead = true
    private(set) var isAnswered = true
    /// The connection ends with the present answer.
    var closes = false

    /// True when a part that comes in belongs to the request that is being answered, or begins one.
    var takesParts: Bool { turn == .idle || !isRequestRead }

    mutating func begin(_ turn: Turn, keepAlive: Bool) {
        self.turn = turn
        isRequestRead = false
        isAnswered = false
        if !keepAlive { closes = true }
    }

    /// Returns true when the turn is over by that.
    mutating func requestWasRead() -> Bool {
        isRequestRead = true
        return endIfComplete()
    }

    mutating func wasAnswered() -> Bool {
        isAnswered = true
        return endIfComplete()
    }

    private mutating func endIfComplete() -> Bool {
        guard turn != .idle, isRequestRead, isAnswered else { return false }
        turn = .idle
        return true
    }
}
