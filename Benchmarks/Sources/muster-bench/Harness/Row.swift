import Foundation

/// One line of the report.
struct Row: Codable, Sendable {
    struct Measured: Codable, Sendable {
        /// `muster`, or the peer's name.
        var program: String
        /// The median, in the row's unit.
        var median: Double
        /// Each round's value, in the order in which they were measured.
        var rounds: [Double]
        /// The load could not go higher: the program can do at least this.
        var isLowerBound = false
    }

    enum Better: String, Codable, Sendable {
        case higher
        case lower
    }

    /// What the issue asks for.
    enum Goal: Codable, Sendable {
        /// At least this many times as good as the best peer, or as what it is compared with.
        case ratio(atLeast: Double)
        case atMost(Double)
        case under(Double)
        case atLeast(Double)
        /// Shown for its own sake.
        case none
    }

    var benchmark = ""
    var what: String
    var unit: String
    var better: Better
    var muster: Measured?
    var peers: [Measured] = []
    var goal: Goal
    /// What the settings were, and what else has to be known to read the figures.
    var notes: [String] = []
    /// Why there is no figure.
    var failure: String?

    /// The best of the peers.
    var best: Measured? {
        better == .higher ? peers.max { $0.median < $1.median } : peers.min { $0.median < $1.median }
    }

    /// How many times as good Muster is as the best peer.
    var ratio: Double? {
        guard let muster, let best, muster.median > 0, best.median > 0 else { return nil }
        return better == .higher ? muster.median / best.median : best.median / muster.median
    }

    /// The load could not go higher for one of the two: the ratio may be less than what is shown, or more.
    var isRatioBound: (atMost: Bool, atLeast: Bool) {
        let (own, other) = (muster?.isLowerBound ?? false, best?.isLowerBound ?? false)
        return better == .higher ? (other, own) : (own, other)
    }

    /// A time or a rate of one round alone. Sizes are the same each time.
    var isMeasuredOnce: Bool {
        ["s", "MB/s"].contains(unit) && ([muster].compactMap { $0 } + peers).contains { $0.rounds.count == 1 }
    }

    /// Nil without a goal.
    var isMet: Bool? {
        if failure == nil, case .none = goal { return nil }
        guard failure == nil, let muster else { return false }
        switch goal {
        // A peer that may be better than its figure is no proof.
        case .ratio(let least): return ratio.map { $0 >= least && !isRatioBound.atMost } ?? false
        case .atMost(let limit): return muster.median <= limit
        case .under(let limit): return muster.median < limit
        case .atLeast(let limit): return muster.median >= limit
        case .none: return nil
        }
    }

    static func failed(_ what: String, _ reason: String, in benchmark: String = "") -> Row {
        Row(benchmark: benchmark, what: what, unit: "", better: .higher, goal: .none, failure: reason)
    }
}

func median(_ values: [Double]) -> Double {
    let sorted = values.sorted()
    guard !sorted.isEmpty else { return .nan }
    let middle = sorted.count / 2
    return sorted.count % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2
}

/// Measures programs in turns, A B C A B C, so that what the machine does meanwhile hits all of them.
func alternating(
    _ rounds: Int, _ programs: [(name: String, measure: () throws -> Double)]
) throws -> [String: Row.Measured] {
    var values: [String: [Double]] = [:]
    for _ in 0..<rounds {
        for program in programs { values[program.name, default: []].append(try program.measure()) }
    }
    return values.reduce(into: [:]) { result, entry in
        result[entry.key] = Row.Measured(program: entry.key, median: median(entry.value), rounds: entry.value)
    }
}

extension Row {
    /// A row of programs that were measured in turns; the one called `muster` is Muster.
    init(
        _ what: String, unit: String, better: Better, _ measured: [String: Measured], goal: Goal, notes: [String] = []
    ) {
        self.init(
            what: what, unit: unit, better: better, muster: measured["muster"],
            peers: measured.values.filter { $0.program != "muster" }.sorted { $0.program < $1.program }, goal: goal,
            notes: notes)
    }

    /// A row of Muster alone.
    init(
        _ what: String, unit: String, better: Better = .lower, _ values: [Double], goal: Goal, notes: [String] = []
    ) {
        self.init(
            what: what, unit: unit, better: better,
            muster: Measured(program: "muster", median: median(values), rounds: values), goal: goal, notes: notes)
    }
}
