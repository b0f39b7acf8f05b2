import DeploymentModel
import MusterBase

extension NodeRecord {
    /// The record of a machine whose firmware asks to boot again from the network, after its key was granted: the
    /// memory that held the key is gone, so the system that runs from RAM is deployed anew and the old key dies.
    ///
    /// - Returns: nil when the machine may go on with the deployment that it has.
    func bootedAgain(id: String, at now: Timestamp) -> NodeRecord? {
        let old = deployment
        guard old.beginsAnewAtNetworkBoot else { return nil }
        let next = Deployment(
            id: id, node: old.node, profile: old.profile, method: old.method, image: old.image, armedAt: now,
            armedBy: "muster")
        return succeeded(by: next)
    }
}

extension Deployment {
    /// True when the machine cannot go on with this deployment once its firmware asks the network anew: the key was
    /// granted, and lay in the memory that is gone. An installation that was broken off begins from the start; once it
    /// lies on the disk, the key does so too.
    var beginsAnewAtNetworkBoot: Bool { !keyGrantOpen && (method.bootsFromNetwork || state.isRunning) }
}

/// A new identifier for a deployment: sixteen hexadecimal digits.
func newDeploymentID(_ random: inout some RandomNumberGenerator) -> String {
    let digits = String(UInt64.random(in: .min ... .max, using: &random), radix: 16)
    return String(repeating: "0", count: 16 - digits.count) + digits
}
