import DHCPService
import Metrics
import MusterAPI
import MusterBase
import Synchronization

/// What musterd listens on, and how each listener stands: kept by what the services tell.
package final class ListenerTable: Sendable {
    private struct Key: Hashable {
        let service: String
        let place: String
    }

    private struct Row {
        var status: ListenerStatus
        let gauge: Meter
    }

    private struct State {
        var rows: [Row] = []
        var positions: [Key: Int] = [:]
    }

    private let state = Mutex(State())
    private let clock: WallClock
    private let metrics: any MetricsFactory

    /// - Parameter metrics: where `muster_listener_up` goes.
    package init(clock: WallClock = .system, metrics: any MetricsFactory = MetricsSystem.factory) {
        self.clock = clock
        self.metrics = metrics
    }

    /// In the order in which they were first spoken of.
    package var listeners: [ListenerStatus] { state.withLock { $0.rows.map(\.status) } }

    /// The listener is about to be opened.
    package func expect(_ service: String, at place: String) { set(service, place, .starting, nil, nil) }

    package func listens(_ service: String, at place: String) { set(service, place, .listening, nil, nil) }

    package func fails(_ service: String, at place: String, _ trouble: ListenerTrouble) {
        let state: ListenerStatus.State =
            switch trouble.kind {
            case .waiting: .waiting
            case .familyMissing: .unsupported
            default: .cannotBind
            }
        set(service, place, state, trouble.reason, ListenerTable.advice(trouble.kind, place))
    }

    /// For ``DHCPService``, which has one listener an interface.
    package func note(_ change: ListenerChange) {
        switch change {
        case .started(let interface, _, _): listens("dhcp", at: interface)
        case .stopped(let interface, let reason): fails("dhcp", at: interface, ListenerTrouble(.waiting, reason))
        case .unavailable(let interface, let trouble): fails("dhcp", at: interface, trouble)
        }
    }

    private func set(
        _ service: String, _ place: String, _ next: ListenerStatus.State, _ reason: String?, _ advice: String?
    ) {
        let now = clock.now()
        let gauge = state.withLock { state -> Meter in
            let key = Key(service: service, place: place)
            let position = state.positions[key] ?? state.rows.count
            if position == state.rows.count {
                let gauge = Meter(
                    label: "muster_listener_up", dimensions: [("service", service), ("place", place)],
                    factory: metrics)
                let status = ListenerStatus(service: service, place: place, state: .starting, since: now)
                state.rows.append(Row(status: status, gauge: gauge))
                state.positions[key] = position
            }
            if state.rows[position].status.state != next { state.rows[position].status.since = now }
            state.rows[position].status.state = next
            state.rows[position].status.reason = reason
            state.rows[position].status.advice = advice
            return state.rows[position].gauge
        }
        gauge.set(next == .listening ? 1 : 0)
    }

    private static func advice(_ kind: ListenerTrouble.Kind, _ place: String) -> String? {
        switch kind {
        case .waiting:
            "set it up with an IPv4 address, and musterd serves it; or correct 'interface' in the settings"
        case .portInUse(let port):
            "see which program has it, as root: ss -lnp 'sport = :\(port)'; stop that, and musterd takes the port"
        case .addressMissing: "give the address to an interface, and musterd takes it"
        case .forbidden:
            "musterd needs CAP_NET_BIND_SERVICE and CAP_NET_RAW: run it by systemctl start musterd"
        case .familyMissing: nil
        case .other: "the log of musterd has more: journalctl -u musterd"
        }
    }
}
