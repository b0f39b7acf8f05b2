import Metrics

/// What a server counts.
struct WebCounters: Sendable {
    let connections: Counter
    let requests: Counter
    let fileOctets: Counter
    /// Requests that could not be read.
    let malformed: Counter
    /// Connections cut off for taking too long.
    let timeouts: Counter
    /// Requests answered with 500 or above.
    let failures: Counter

    init(server: String) {
        let dimensions = [("server", server)]
        connections = Counter(label: "muster_web_connections_total", dimensions: dimensions)
        requests = Counter(label: "muster_web_requests_total", dimensions: dimensions)
        fileOctets = Counter(label: "muster_web_file_octets_total", dimensions: dimensions)
        malformed = Counter(label: "muster_web_malformed_total", dimensions: dimensions)
        timeouts = Counter(label: "muster_web_timeouts_total", dimensions: dimensions)
        failures = Counter(label: "muster_web_failures_total", dimensions: dimensions)
    }
}
