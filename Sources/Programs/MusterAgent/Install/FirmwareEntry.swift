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

    /// Shows the firmware's variables, where it has any. To be done before a root is attached that wants to see them.
    static func showVariables() throws {
        let path = "/sys/firmware/efi/efivars"
        guard Files.exists(path), !Mounts.isMountPoint(path) else { return }
        try Mounts.mount("efivarfs", from: "efivarfs", at: path, flags: [.noSetUID, .noDevices, .noExecution])
    }

    /// Writes the entry in the place of those of former installations. Without it the machine starts from the place for
    /// removable disks.
    ///
    /// - Returns: for the trace: what was done, or why it was not.
    func write() async -> String {
        guard system.has(.efiBootManager) else {
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
        let before = try await list()
        let former = before.entries.filter { $0.value == label }.keys
        try await manage([
            "--create-only", "--disk", disk.facts.path, "--part", "\(InstallLayout.efiNumber)", "--label", label,
            "--loader", loader,
        ])
        guard let own = try await list().entries.first(where: { $0.value == label && !former.contains($0.key) })?.key
        else {
            throw MusterError(.systemFailure, "the firmware's boot manager did not keep the new entry")
        }
        try await manage(["--bootorder", before.order(with: own, inPlaceOf: label).joined(separator: ",")])
        for number in former { try await manage(["--bootnum", number, "--delete-bootnum"]) }
        return own
    }

    /// On the EFI system partition, as firmware writes paths.
    private var loader: String {
        guard bootLoader == .grub else { return "\\EFI\\systemd\\systemd-bootx64.efi" }
        let hasShim = system.has("\(BootLoader.efiMountPoint)/EFI/\(distribution)/shimx64.efi")
        return "\\EFI\\\(distribution)\\\(hasShim ? "shimx64.efi" : "grubx64.efi")"
    }

    private func list() async throws -> FirmwareBootOrder {
        FirmwareBootOrder(
            try await system.check(.efiBootManager, [], doing: "reading the firmware's boot entries").text)
    }

    private func manage(_ arguments: [String]) async throws {
        _ = try await system.check(
            .efiBootManager, ["--quiet"] + arguments, doing: "setting the firmware's boot entries")
    }
}
