import DeployService
import InventoryStore
import LinuxSystem
import MusterAPI
import MusterBase
import Telemetry

/// What the service sees of itself.
struct ServiceCheck: Sendable {
    let settings: Settings
    let directory: StateDirectory
    let deploy: DeployService
    let catalog: ProfileCatalog
    let listeners: ListenerTable
    let metrics: MetricsRegistry
    let inventory: InventoryStore

    func report() async -> CheckReport {
        let listeners = listeners.listeners
        let interfaces = (try? NetworkInterface.all()) ?? []
        let words = ListenerResults(
            settings: settings, settingsFile: directory.settingsFile, interfaces: interfaces)
        return CheckReport(
            results: words.results(listeners) + AddressResults.results(interfaces) { inventory.node(address: $0) }
                + profileResults() + playResults() + [eventResult()] + CounterResults.results(metrics.samples),
            listeners: listeners)
    }

    private func profileResults() -> [CheckResult] {
        do {
            let profiles = try catalog.descriptions()
            guard !profiles.isEmpty else {
                return [
                    CheckResult(
                        subject: "profiles", verdict: .warning, message: "there is none",
                        advice: "make one from an image: muster profile create NAME IMAGE")
                ]
            }
            return profiles.map { profile in
                CheckResult(
                    subject: "profile \(profile.name)", verdict: profile.problems.isEmpty ? .good : .bad,
                    message: profile.problems.first ?? "gives \(profile.image ?? profile.medium ?? "no image")",
                    advice: nil)
            }
        } catch {
            return [CheckResult(subject: "profiles", verdict: .bad, message: "\(error)", advice: nil)]
        }
    }

    /// Nothing when no profile has plays, or what runs them is there.
    private func playResults() -> [CheckResult] {
        guard Tool.ansiblePlaybook.installedPath == nil, (try? catalog.hasPlays()) == true else { return [] }
        return [
            CheckResult(
                subject: "plays", verdict: .bad,
                message: "profiles have plays, and \(Tool.ansiblePlaybook.name) is not installed on this server",
                advice: Tool.ansiblePlaybook.package.map { "install it: apt-get install \($0)" })
        ]
    }

    private func eventResult() -> CheckResult {
        let dropped = deploy.droppedEvents
        return CheckResult(
            subject: "traces", verdict: dropped == 0 ? .good : .warning,
            message: dropped == 0 ? "no event was dropped" : "\(dropped) events were dropped",
            advice: dropped == 0 ? nil : "the store cannot keep up: is its disk full or slow?")
    }
}
