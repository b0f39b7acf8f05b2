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
    /// Connections closed at once, for their address had too many.
    let refused: Counter
    /// Connections closed for want of places, that waited for a request the longest.
    let evicted: Counter
    /// Requests answered with 500 or above.
    let failures: Counter

    init(server: String, factory: any MetricsFactory) {
        func counter(_ name: String) -> Counter {
            Counter(label: name, dimensions: [("server", server)], factory: factory)
        }
        connections = counter("muster_web_connections_total")
        requests = counter("muster_web_requests_total")
        fileOctets = counter("muster_web_file_octets_total")
        malformed = counter("muster_web_malformed_total")
        timeouts = counter("muster_web_timeouts_total")
        refused = counter("muster_web_refused_total")
        evicted = counter("muster_web_evicted_total")
        failures = counter("muster_web_failures_total")
    }
}
