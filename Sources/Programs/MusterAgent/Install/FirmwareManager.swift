import LinuxSystem
import MusterBase

/// UEFI's boot manager, through a system's own efibootmgr.
struct FirmwareManager: Sendable {
    let system: ForeignRoot

    var isThere: Bool { system.has(.efiBootManager) }

    /// Shows the firmware's variables, where it has any. To be done before a root is attached that wants to see them.
    static func showVariables() throws {
        let path = "/sys/firmware/efi/efivars"
        guard Files.exists(path), !Mounts.isMountPoint(path) else { return }
        try Mounts.mount("efivarfs", from: "efivarfs", at: path, flags: [.noSetUID, .noDevices, .noExecution])
    }

    func order() async throws -> FirmwareBootOrder {
        FirmwareBootOrder(
            try await system.check(.efiBootManager, [], doing: "reading the firmware's boot entries").text)
    }

    func run(_ arguments: [String]) async throws {
        _ = try await system.check(
            .efiBootManager, ["--quiet"] + arguments, doing: "setting the firmware's boot entries")
    }

    func set(_ order: [String]) async throws { try await run(["--bootorder", order.joined(separator: ",")]) }
}
