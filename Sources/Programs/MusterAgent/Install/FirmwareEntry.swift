import LinuxSystem
import MusterBase

/// The installed system among the entries of UEFI's boot manager (UEFI 2.10, chapter 3).
///
/// The entry by which the machine came over the network stays the first, and the disk follows it: so a node is
/// installed anew by `muster deploy` and a restart, and nothing has to be set by hand in between. An order that the
/// operator made afterwards stays.
struct FirmwareEntry: Sendable {
    let system: ForeignRoot
    let disk: TargetDisk
    let distribution: String
    let bootLoader: BootLoader

    private var label: String { "Muster \(distribution)" }

    private var manager: FirmwareManager { FirmwareManager(system: system) }

    /// Writes the entry in the place of those of former installations. Without it the machine starts from the place for
    /// removable disks.
    ///
    /// - Returns: for the trace: what was done, or why it was not.
    func write() async -> String {
        guard manager.isThere else {
            return "no entry in the firmware's boot manager, since the image has no efibootmgr"
        }
        do {
            return "entry \(try await replace()) '\(label)' in the firmware's boot manager"
        } catch {
            return "no entry in the firmware's boot manager: \(error)"
        }
    }

    /// - Returns: the new entry's number.
    private func replace() async throws -> String {
        let before = try await manager.order()
        let former = before.entries.filter { $0.value == label }.keys
        try await manager.run([
            "--create-only", "--disk", disk.facts.path, "--part", "\(InstallLayout.efiNumber)", "--label", label,
            "--loader", loader,
        ])
        let made = try await manager.order().entries.first { $0.value == label && !former.contains($0.key) }
        guard let own = made?.key else {
            throw MusterError(.systemFailure, "the firmware's boot manager did not keep the new entry")
        }
        try await manager.set(before.order(with: own, inPlaceOf: label))
        for number in former { try await manager.run(["--bootnum", number, "--delete-bootnum"]) }
        return own
    }

    /// On the EFI system partition, as firmware writes paths.
    private var loader: String {
        guard bootLoader == .grub else { return "\\EFI\\systemd\\systemd-bootx64.efi" }
        let hasShim = system.has("\(BootLoader.efiMountPoint)/EFI/\(distribution)/shimx64.efi")
        return "\\EFI\\\(distribution)\\\(hasShim ? "shimx64.efi" : "grubx64.efi")"
    }
}
