import Histogram

/// What is measured and counted on one event loop; those of all loops are added at the end.
package struct FleetTally: Sendable {
    /// One kind of trouble: how often, and one case of it.
    struct Trouble: Sendable, Hashable {
        var count: Int
        var example: String
    }

    /// Microseconds, by ``SimulatedStep/index``; three digits are right.
    private(set) var times: [Histogram<UInt32>]
    private(set) var counters: [Int]
    private(set) var troubles: [String: Trouble] = [:]
    private(set) var outcomes: [MachineOutcome: Int] = [:]
    var started = 0
    var octetsReceived = 0
    var octetsSent = 0
    /// When the last machine that was to arrive was deployed or had failed, since the beginning.
    private(set) var lastArrival: Duration?

    package init() {
        times = SimulatedStep.allCases.map { _ in
            var histogram = Histogram<UInt32>(highestTrackableValue: 60_000_000, numberOfSignificantValueDigits: .three)
            histogram.autoResize = true
            return histogram
        }
        counters = Array(repeating: 0, count: FleetCounter.allCases.count)
    }

    mutating func record(_ step: SimulatedStep, _ time: Duration) {
        let (seconds, attoseconds) = time.components
        let microseconds = UInt64(max(0, seconds)) * 1_000_000 + UInt64(max(0, attoseconds)) / 1_000_000_000_000
        times[step.index].record(max(1, microseconds))
    }

    mutating func count(_ counter: FleetCounter, _ number: Int = 1) { counters[counter.index] += number }

    mutating func trouble(_ kind: String, example: String) {
        troubles[kind, default: Trouble(count: 0, example: example)].count += 1
    }

    /// - Parameter time: since the beginning.
    package mutating func end(_ outcome: MachineOutcome, isKnown: Bool, at time: Duration) {
        outcomes[outcome, default: 0] += 1
        // Unknown machines ask on for some seconds, and nobody waits for them, nor for those that vanish.
        if isKnown, outcome == .deployed || outcome == .failed { lastArrival = max(lastArrival ?? .zero, time) }
    }

    func count(of outcome: MachineOutcome) -> Int { outcomes[outcome] ?? 0 }

    func count(of counter: FleetCounter) -> Int { counters[counter.index] }

    package mutating func add(_ other: FleetTally) {
        for index in times.indices { times[index].add(other.times[index]) }
        for index in counters.indices { counters[index] += other.counters[index] }
        for (kind, trouble) in other.troubles {
            troubles[kind, default: Trouble(count: 0, example: trouble.example)].count += trouble.count
        }
        outcomes.merge(other.outcomes, uniquingKeysWith: +)
        started += other.started
        if let time = other.lastArrival { lastArrival = max(lastArrival ?? .zero, time) }
        octetsReceived += other.octetsReceived
        octetsSent += other.octetsSent
    }
}
