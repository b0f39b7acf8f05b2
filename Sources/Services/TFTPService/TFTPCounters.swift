import Metrics

/// What the service counts.
struct TFTPCounters: Sendable {
    let requests = Counter(label: "muster_tftp_requests_total")
    let octets = Counter(label: "muster_tftp_octets_total")
    let retransmissions = Counter(label: "muster_tftp_retransmissions_total")
    /// Packets that are not TFTP, or not for the request port.
    let malformed = Counter(label: "muster_tftp_malformed_total")
    /// Write requests, and paths that are not served.
    let refused = Counter(label: "muster_tftp_refused_total")
    /// Requests above the limits.
    let dropped = Counter(label: "muster_tftp_dropped_total")
    /// Transfers that did not end well.
    let failed = Counter(label: "muster_tftp_failed_total")
}
