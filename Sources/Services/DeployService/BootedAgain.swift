import DeploymentModel
import MusterBase

extension NodeRecord {
    /// The record of a machine whose firmware asks to boot again from the network, after its key was granted: the
    /// memory that held the key is gone, so the system that runs from RAM is deployed anew and the old key dies.
    ///
    /// - Returns: nil when the machine may go on with the deployment that it has.
    func bootedAgain(id: String, at now: Timestamp) -> NodeRecord? {
        let old = deployment
        guard old.method.bootsFromNetwork, !old.keyGrantOpen else { return nil }
        let next = Deployment(
            id: id, node: old.node, profile: old.profile, method: old.method, image: old.image, armedAt: now,
            armedBy: "muster")
        return succeeded(by: next)
    }
}

/// A new identifier for a deployment: sixteen hexadecimal digits.
func newDeploymentID(_ random: inout some RandomNumberGenerator) -> String {
    let digits = String(UInt64.random(in: .min ... .max, using: &random), radix: 16)
    return String(repeating: "0", count: 16 - digits.count) + digits
}
