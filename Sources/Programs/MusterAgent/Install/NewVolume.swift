import DeploymentModel
import DiskFormats
import MusterAPI

/// An encrypted volume that is to be made, and whose recovery key is in good hands already.
struct NewVolume: Sendable {
    /// Of the LUKS header.
    let uuid: DiskGUID
    let recoveryKey: RecoveryKey

    /// Nil where nothing is to be encrypted.
    ///
    /// - Parameter keep: gives the recovery key to who keeps it.
    /// - Throws: what `keep` throws.
    static func make(
        for settings: InstallSettings, keep: (RecoveryKeyReport) async throws -> Void
    ) async throws -> NewVolume? {
        guard settings.encryption != nil else { return nil }
        var random = SystemRandomNumberGenerator()
        let volume = NewVolume(uuid: .random(using: &random), recoveryKey: .random(using: &random))
        try await keep(RecoveryKeyReport(volume: "\(volume.uuid)", key: volume.recoveryKey.text.reveal()))
        return volume
    }
}
