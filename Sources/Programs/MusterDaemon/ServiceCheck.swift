import DeployService
import LinuxSystem
import MusterAPI
import MusterBase

/// What the service sees of itself.
struct ServiceCheck: Sendable {
    let settings: Settings
    let directory: StateDirectory
    let deploy: DeployService
    let catalog: ProfileCatalog

    func report() async -> CheckReport {
        CheckReport(results: networkResults() + profileResults() + [eventResult()])
    }

    private func networkResults() -> [CheckResult] {
        guard !settings.networks.isEmpty else {
            return [
                CheckResult(
                    subject: "networks", verdict: .warning, message: "no network is served",
                    advice: "name one under 'networks' in \(directory.settingsFile) and restart musterd")
            ]
        }
        let interfaces = (try? NetworkInterface.all()) ?? []
        return settings.networks.map { network in
            let subject = "network \(network.interface)"
            guard let interface = interfaces.first(where: { $0.name == network.interface }) else {
                return CheckResult(
                    subject: subject, verdict: .bad, message: "there is no such interface",
                    advice: "correct 'interface' in \(directory.settingsFile)")
            }
            guard interface.isUp, !interface.addresses.isEmpty else {
                return CheckResult(
                    subject: subject, verdict: .bad, message: "it is down or has no IPv4 address",
                    advice: "set it up; musterd serves it as soon as it has an address")
            }
            let addresses = interface.addresses.map(\.description).joined(separator: ", ")
            return CheckResult(
                subject: subject, verdict: .good, message: "served at \(addresses), mode \(network.mode)", advice: nil)
        }
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
                    message: profile.problems.first ?? "gives \(profile.image ?? "no image")", advice: nil)
            }
        } catch {
            return [CheckResult(subject: "profiles", verdict: .bad, message: "\(error)", advice: nil)]
        }
    }

    private func eventResult() -> CheckResult {
        let dropped = deploy.droppedEvents
        return CheckResult(
            subject: "traces", verdict: dropped == 0 ? .good : .warning,
            message: dropped == 0 ? "no event was dropped" : "\(dropped) events were dropped",
            advice: dropped == 0 ? nil : "the store cannot keep up: is its disk full or slow?")
    }
}
