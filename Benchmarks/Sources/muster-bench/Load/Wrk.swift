import Foundation

/// wrk asks for one path again and again, with one thread.
struct Wrk {
    let bench: Bench
    let space: NetworkNamespace

    /// More octets than any of the servers' answers has before its body.
    private static let headerLimit = 1024

    struct Outcome {
        /// A second.
        var requests: Double
        /// Octets a second, with header fields.
        var octets: Double
        /// All requests that were answered.
        var count: Double
        /// Share of the server's processor that was in use, 0 to 1.
        var busy = 0.0
    }

    /// - Parameters:
    ///   - headers: `Name: value` each.
    ///   - size: octets that each answer's body has; nil where that is not known. Throws when answers are shorter or
    ///     longer, as a server that gives something else than the file would look fast.
    func measure(
        _ url: String, connections: Int, seconds: Int, headers: [String] = [], script: String? = nil, size: Int? = nil,
        server: ProcessorClock? = nil
    ) throws -> Outcome {
        let program = "\(bench.work)/wrk.lua"
        // Exact sums: what wrk prints by itself is rounded to three digits.
        try bench.write(
            """
            done = function(summary, latency, requests)
              io.write(string.format("SUM %d %d %d %d\\n", summary.duration, summary.requests, summary.bytes,
                summary.errors.connect + summary.errors.read + summary.errors.write + summary.errors.status
                + summary.errors.timeout))
            end
            \(script ?? "")

            """, to: program)
        let before = try server?.seconds() ?? 0
        let start = now()
        let text = try bench.run(
            space.command(
                ["wrk", "-t1", "-c\(connections)", "-d\(seconds)s", "--timeout", "10s", "-s", program]
                    + headers.flatMap { ["-H", $0] } + [url], processor: Bench.loadProcessor),
            environment: try OpenSSL.environment(bench), seconds: Double(seconds) + 30)
        let busy = ((try server?.seconds() ?? 0) - before) / (now() - start)
        let line = text.split(separator: "\n").first { $0.hasPrefix("SUM ") } ?? ""
        let sums = line.split(separator: " ").dropFirst().compactMap { Double($0) }
        guard sums.count == 4, sums[0] > 0, sums[1] > 0 else {
            throw BenchError("wrk got nothing from \(url): \(text.suffix(300))")
        }
        guard sums[3] == 0 else { throw BenchError("wrk: \(Int(sums[3])) failed requests at \(url)") }
        if let size {
            // With header fields, and what had come of answers that were not whole yet.
            let whole = sums[1] * Double(size)
            let most = (sums[1] + Double(connections)) * Double(size + Wrk.headerLimit)
            guard sums[2] >= whole, sums[2] <= most else {
                throw BenchError("\(url): \(Int(sums[2] / sums[1])) octets an answer instead of \(size) and a header")
            }
        }
        return Outcome(requests: sums[1] / sums[0] * 1e6, octets: sums[2] / sums[0] * 1e6, count: sums[1], busy: busy)
    }
}
