import MusterAPI
import Telemetry

/// Counters that mean trouble when they are not 0, in the words of `muster check`. Most counters mean none: they are for
/// those who draw curves.
package enum CounterResults {
    private struct Rule {
        let metric: String
        /// Of DHCP's reasons for silence, which are one metric.
        var reason: String?
        /// The label that says where it was counted.
        var place: String?
        let service: String
        let message: String
        let advice: String?
    }

    private static let rules =
        [
            dropped("malformed", "packets that could not be read", "something on that network sends what is no DHCP"),
            dropped("no_address", "requests of nodes without an address", "set net.ipv4_address"),
            dropped("wrong_network", "requests of nodes whose address is of another network", "see muster status"),
            dropped(
                "identity_conflict", "requests with MAC address and UUID of different nodes",
                "correct net.hwaddr or id.uuid; muster status names the nodes"),
            dropped("address_held", "requests for an address that another machine holds", "see muster status"),
            dropped(
                "range_exhausted", "requests that found no free address", "enlarge dynamic_range in the settings"),
            dropped("no_loader", "requests of firmware that there is no loader for", "see muster discover list"),
            Rule(
                metric: "muster_dhcp_send_failures_total", place: "interface", service: "dhcp",
                message: "answers that could not be sent", advice: "is the interface up, and the machine overloaded?"),
            Rule(
                metric: "muster_tftp_malformed_total", service: "tftp", message: "packets that could not be read",
                advice: nil),
            Rule(
                metric: "muster_tftp_dropped_total", service: "tftp",
                message: "requests above the limit of transfers", advice: "machines ask again; start fewer at once"),
            Rule(
                metric: "muster_web_malformed_total", place: "server", service: "web",
                message: "requests that could not be read", advice: nil),
            Rule(
                metric: "muster_web_refused_total", place: "server", service: "web",
                message: "connections closed at once, for their address had too many",
                advice: "when machines share an address, raise connections_per_address in the settings"),
            Rule(
                metric: "muster_web_evicted_total", place: "server", service: "web",
                message: "connections without a request closed, for all places were taken",
                advice: "start fewer machines at once; lower connections_per_address when few addresses hold them"),
            Rule(
                metric: "muster_web_failures_total", place: "server", service: "web",
                message: "requests answered with an error of musterd's own",
                advice: "its log has more: journalctl -u musterd"),
            Rule(
                metric: "muster_lease_writes_dropped_total", service: "leases", message: "leases that were not stored",
                advice: "the store cannot keep up: is its disk full or slow?"),
        ]

    private static func dropped(_ reason: String, _ message: String, _ advice: String) -> Rule {
        Rule(
            metric: "muster_dhcp_dropped_total", reason: reason, place: "interface", service: "dhcp", message: message,
            advice: advice)
    }

    /// The metrics that are looked at.
    package static var metrics: Set<String> { Set(rules.map(\.metric)) }

    /// One warning for each counter that is not 0.
    package static func results(_ samples: [MetricsRegistry.Sample]) -> [CheckResult] {
        rules.flatMap { rule in
            samples.filter { sample in
                sample.name == rule.metric && sample.value > 0
                    && (rule.reason == nil || sample.labels["reason"] == rule.reason)
            }.map { sample in
                let place = rule.place.flatMap { sample.labels[$0] }
                return CheckResult(
                    subject: place.map { "\(rule.service) \($0)" } ?? rule.service, verdict: .warning,
                    message: "\(rule.message): \(Int(sample.value)) since musterd was started", advice: rule.advice)
            }
        }
    }
}
