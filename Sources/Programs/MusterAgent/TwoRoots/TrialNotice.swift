import DeploymentModel
import LinuxSystem
import MusterAPI
import MusterBase

/// What an installation leaves in the root that stays, for the case that the machine returns to it: by then the server
/// takes no other key than the one of that installation.
package struct TrialNotice: Codable, Sendable {
    /// 64 hexadecimal digits.
    package var key: String
    package var deployment: String
    /// What was installed to the other root.
    package var image: ImageReference

    package init(key: AgentKey, deployment: String, image: ImageReference) {
        self.key = hexText(key.reveal())
        self.deployment = deployment
        self.image = image
    }

    private static let fileName = "/trial.json"

    /// - Parameter directory: ``AgentState/diskDirectory``, in the root that stays.
    package func save(in directory: String) throws {
        try MusterJSONFile.write(self, to: directory + Self.fileName, mode: 0o600)
    }

    package static func load(from directory: String) throws -> TrialNotice {
        try MusterJSONFile.read(TrialNotice.self, from: directory + fileName)
    }

    static func remove(from directory: String) throws {
        guard Files.exists(directory + fileName) else { return }
        try Files.remove(directory + fileName)
    }
}
