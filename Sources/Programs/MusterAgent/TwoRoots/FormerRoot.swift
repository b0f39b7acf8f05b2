import DeploymentModel
import LinuxSystem
import MusterAPI
import MusterBase

/// The good root of a disk while the other one is installed: only a notice is left in it.
struct FormerRoot: Sendable {
    private let mount: BriefMount

    /// - Parameters:
    ///   - device: `/dev/vda3`
    ///   - loadDriver: of a file system; it may be another than that of the new root.
    init(device: String, loadDriver: @escaping @Sendable (String) -> Void) {
        mount = BriefMount(
            device: device, types: InstallSettings.FileSystem.allCases.map(\.rawValue), prepare: loadDriver)
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
