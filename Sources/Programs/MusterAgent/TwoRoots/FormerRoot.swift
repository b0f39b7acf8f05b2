import DeploymentModel
import LinuxSystem
import MusterAPI
import MusterBase

/// The good root of a disk while the other one is installed: only a notice is left in it.
struct FormerRoot: Sendable {
    private let mount: BriefMount

    /// - Parameter device: `/dev/vda3`
    init(device: String) {
        mount = BriefMount(device: device, types: InstallSettings.FileSystem.allCases.map(\.rawValue))
    }

    /// The version that is installed there. Nil for a root that cannot be read, or has no agent.
    func image() -> ImageReference? {
        try? mount.run(isReadOnly: true) { try AgentState.load(from: $0 + AgentState.diskDirectory).image }
    }

    /// Leaves what its agent needs to speak for this machine again.
    func leave(_ notice: TrialNotice) throws {
        try mount.run { try notice.save(in: $0 + AgentState.diskDirectory) }
    }
}
