import Metrics

/// What the service counts.
struct TFTPCounters: Sendable {
    let requests: Counter
    let octets: Counter
    let retransmissions: Counter
    /// Packets that are not TFTP, or not for the request port.
    let malformed: Counter
    /// Write requests, and paths that are not served.
    let refused: Counter
    /// Requests above the limits.
    let dropped: Counter
    /// Transfers that did not end well.
    let failed: Counter

    init(factory: any MetricsFactory) {
        requests = Counter(label: "muster_tftp_requests_total", factory: factory)
        octets = Counter(label: "muster_tftp_octets_total", factory: factory)
        retransmissions = Counter(label: "muster_tftp_retransmissions_total", factory: factory)
        malformed = Counter(label: "muster_tftp_malformed_total", factory: factory)
        refused = Counter(label: "muster_tftp_refused_total", factory: factory)
        dropped = Counter(label: "muster_tftp_dropped_total", factory: factory)
        failed = Counter(label: "muster_tftp_failed_total", factory: factory)
    }
}
