import BootPolicy
import DHCPWire
import Metrics

/// The counters of one interface, made once so that a packet costs no look-up by name.
struct DHCPMetrics: Sendable {
    let requests: Counter
    let sendFailures: Counter
    private let replies: [Counter]
    /// By the raw value of the reason.
    private let silences: [Counter]

    init(interface: String, factory: any MetricsFactory) {
        func counter(_ name: String, _ dimensions: [(String, String)] = []) -> Counter {
            Counter(label: name, dimensions: [("interface", interface)] + dimensions, factory: factory)
        }
        requests = counter("muster_dhcp_requests_total")
        sendFailures = counter("muster_dhcp_send_failures_total")
        replies = DHCPMessageType.allCases.map { counter("muster_dhcp_replies_total", [("type", $0.name)]) }
        silences = SilenceReason.allCases.map { counter("muster_dhcp_dropped_total", [("reason", $0.name)]) }
    }

    func countReply(_ type: DHCPMessageType) { replies[Int(type.rawValue) - 1].increment() }
    func countSilence(_ reason: SilenceReason) { silences[Int(reason.rawValue)].increment() }
}
