import LinuxSystem
import MusterAPI
import MusterBase

/// How the listeners stand, in the words of `muster check`.
package struct ListenerResults {
    private let settings: Settings
    private let settingsFile: String
    private let interfaces: [NetworkInterface]

    /// - Parameter interfaces: those of this machine, for their addresses.
    package init(settings: Settings, settingsFile: String, interfaces: [NetworkInterface]) {
        self.settings = settings
        self.settingsFile = settingsFile
        self.interfaces = interfaces
    }

    /// A result for each network, for each other listener that does not work, and one for all that do.
    package func results(_ listeners: [ListenerStatus]) -> [CheckResult] {
        guard !settings.networks.isEmpty else {
            return [
                CheckResult(
                    subject: "networks", verdict: .warning, message: "no network is served",
                    advice: "name one under 'networks' in \(settingsFile) and restart musterd")
            ]
        }
        let networks = listeners.filter { $0.service == "dhcp" }.map(network)
        let others = listeners.filter { $0.service != "dhcp" }
        return networks + others.compactMap(trouble) + [summary(others)]
    }

    private func network(_ listener: ListenerStatus) -> CheckResult {
        let subject = "network \(listener.place)"
        guard listener.state == .listening else { return failure(listener, subject: subject) }
        let interface = interfaces.first { $0.name == listener.place }
        let addresses = interface?.addresses.map(\.description).joined(separator: ", ") ?? ""
        let mode = settings.networks.first { $0.interface == listener.place }?.mode.rawValue ?? ""
        return CheckResult(
            subject: subject, verdict: .good, message: "served at \(addresses), mode \(mode)", advice: nil)
    }

    private func trouble(_ listener: ListenerStatus) -> CheckResult? {
        guard listener.state != .listening else { return nil }
        return failure(listener, subject: "\(listener.service) \(listener.place)")
    }

    private func failure(_ listener: ListenerStatus, subject: String) -> CheckResult {
        let reason = listener.reason ?? ""
        let (verdict, message): (CheckResult.Verdict, String) =
            switch listener.state {
            case .unsupported: (.good, "not served: \(reason)")
            case .starting, .listening: (.warning, "is being opened")
            case .waiting: (.bad, "\(reason), since \(time(listener.since))")
            case .cannotBind: (.bad, "cannot listen: \(reason), since \(time(listener.since))")
            }
        return CheckResult(subject: subject, verdict: verdict, message: message, advice: listener.advice)
    }

    private func summary(_ listeners: [ListenerStatus]) -> CheckResult {
        let places = listeners.filter { $0.state == .listening }.map { "\($0.service) \($0.place)" }
        guard !places.isEmpty else {
            return CheckResult(subject: "listeners", verdict: .warning, message: "none is open", advice: nil)
        }
        return CheckResult(
            subject: "listeners", verdict: .good, message: "open: \(places.joined(separator: ", "))", advice: nil)
    }

    /// To the second.
    private func time(_ time: Timestamp) -> String { "\(time.description.prefix(19))Z" }
}
