import Foundation

/// perfdhcp of Kea plays a relay with many clients behind it.
struct PerfDHCP {
    let bench: Bench
    let space: NetworkNamespace
    /// Its own address, which the server sends answers to, and the server's.
    let (local, server): (String, String)
    /// Clients take turns at random.
    let clients: Int
    let clock: ProcessorClock

    struct Outcome {
        /// What was asked for, exchanges a second.
        var rate: Double
        /// Whole four-way exchanges a second.
        var achieved: Double
        /// Exchanges that were begun and not ended, 0 to 1.
        var drops: Double
        /// perfdhcp came as far as it was told to, within a tenth.
        var isLoadEnough: Bool
        /// Share of a processor that the server used.
        var busy: Double
    }

    struct Peak {
        /// Exchanges a second.
        var rate: Double
        /// Share of a processor that the server used at that rate.
        var busy: Double
        /// The most that it used at any rate.
        var busiest: Double
    }

    /// Begins exchanges at a rate for some time, and counts those that came to their end.
    func measure(rate: Double, seconds: Double) throws -> Outcome {
        let before = try clock.seconds()
        // Ends with 3 when a packet was lost: that is what is measured.
        let text = try bench.run(
            space.command(
                [
                    "perfdhcp", "-4", "-l", local, "-r", String(Int(rate)), "-R", String(clients), "-b",
                    "mac=\(KnownNodes.firstMAC)", "-p", String(Int(seconds)), "-W", "300000", server,
                ], processor: Bench.loadProcessor), seconds: seconds + 20, accepting: [0, 3])
        let busy = (try clock.seconds() - before) / seconds
        let sent = try PerfDHCP.numbers(after: "sent packets:", text)
        let received = try PerfDHCP.numbers(after: "received packets:", text)
        guard sent.count == 2, received.count == 2, sent[0] > 0 else {
            throw BenchError("perfdhcp says something else than usual: \(text.suffix(300))")
        }
        let whole = received[1]
        return Outcome(
            rate: rate, achieved: whole / seconds, drops: max(0, 1 - whole / sent[0]),
            isLoadEnough: sent[0] / seconds >= 0.9 * rate, busy: busy)
    }

    /// The highest rate with under one exchange of a hundred lost, in exchanges a second.
    ///
    /// - Parameter near: the value of an earlier search: this one begins there.
    func highestRate(near: Double?) throws -> Peak {
        var best: Outcome?
        var busiest = 0.0
        var failed = Double.infinity
        var next = near ?? 4000
        // Up by doubling (or in small steps from a known value), down likewise, then halve what lies between.
        var step = near == nil ? 2.0 : 1.08
        let precision = near == nil ? 1.08 : 1.04
        for _ in 0..<(near == nil ? 18 : 5) {
            let outcome = try measure(rate: next, seconds: 2)
            busiest = max(busiest, outcome.busy)
            if outcome.drops < 0.01, outcome.achieved > (best?.achieved ?? 0) { best = outcome }
            if outcome.drops < 0.01, !outcome.isLoadEnough { break }
            if outcome.drops >= 0.01 { failed = min(failed, next) }
            let held = best?.rate ?? 0
            if held > 0, failed / held <= precision { break }
            if failed.isInfinite {
                next = held * step
            } else if held == 0 {
                next = failed / step
                // Far from where it was: longer steps each time.
                if near != nil { step *= step }
            } else {
                next = (held * failed).squareRoot()
            }
            if next < 20 { throw BenchError("the server at \(server) does not answer 20 clients a second") }
        }
        guard let best else { throw BenchError("no rate at \(server) had under 1 % drops") }
        return Peak(rate: best.achieved, busy: best.busy, busiest: busiest)
    }

    private static func numbers(after label: String, _ text: String) throws -> [Double] {
        text.split(separator: "\n").filter { $0.hasPrefix(label) }.compactMap { line in
            Double(line.dropFirst(label.count).trimmingCharacters(in: .whitespaces))
        }
    }
}
