import AnsibleRunner
import DeploymentModel
import MusterAPI
import MusterBase
import Profiles

/// What nodes ask for in their stages.
extension NodeDesk {
    /// The files that a node is to have.
    public func files(key: Secret<[UInt8]>) throws -> FileList {
        let (name, deployment) = try holder(of: key)
        // As with the password of root: the key of an installed system lies on its disk.
        return try fileDesk.list(of: name, profile: deployment.profile, withSecrets: !deployment.isInstalled)
    }

    public func content(_ digest: ContentDigest, key: Secret<[UInt8]>) throws -> OpenSource {
        let (name, deployment) = try holder(of: key)
        return try fileDesk.open(
            digest, of: name, profile: deployment.profile, withSecrets: !deployment.isInstalled)
    }

    /// Has the plays of a stage run against the node that asks, and says how far they are.
    ///
    /// - Parameter address: where the node's request comes from, and its SSH server is reached.
    public func plays(_ request: PlaysRequest, key: Secret<[UInt8]>, address: String) throws -> PlaysStatus {
        let (name, deployment) = try holder(of: key)
        guard (1...64).contains(request.run.utf8.count) else {
            throw MusterError(.invalidInput, "a run is named by 1 to 64 octets")
        }
        return try playDesk.ask(request, of: name, deployment: deployment.id) {
            let plays = try stages.plays(deployment.profile, stage: request.stage)
            guard !plays.playbooks.isEmpty else { return nil }
            guard let settings = try nodes.settings(of: name) else {
                throw MusterError(.notFound, "node \(name) was removed")
            }
            return PlayOrder(
                node: name, hostname: settings.hostname, address: address, profile: deployment.profile,
                stage: request.stage, deployment: deployment.id, image: deployment.image,
                attributes: try nodes.attributes(of: name), playbooks: plays.playbooks, directory: plays.directory)
        }
    }
}
