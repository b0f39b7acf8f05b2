import LinuxSystem
import MusterBase

/// systemd-boot on the EFI system partition of a disk, and the entry of the kernel that it starts (Boot Loader
/// Specification, type 1). Later kernels get their entries from the distribution, by kernel-install(8).
struct SystemdBootSetup: Sendable {
    let system: ForeignRoot
    let kernelRelease: String

    func install(_ options: ToolOptions) async throws {
        var options = options
        // There is no udev here, which would have to say that the partition is one for EFI.
        options.environment["SYSTEMD_RELAX_ESP_CHECKS"] = "1"
        _ = try await system.check(
            .bootctl, ["install", "--esp-path=\(BootLoader.efiMountPoint)", "--no-variables"], options,
            doing: "installing systemd-boot")
        try AtomicFile.write(
            "# Written by Muster at the installation.\ntimeout 1\nconsole-mode keep\n",
            to: TargetDisk.efiMountPoint + "/loader/loader.conf", mode: 0o600)
        let kernels = ["/boot/vmlinuz-\(kernelRelease)", "/usr/lib/modules/\(kernelRelease)/vmlinuz"]
        guard let kernel = kernels.first(where: system.has) else {
            throw MusterError(
                .unsupported,
                "\(system.name) has no kernel for systemd-boot: neither \(kernels.joined(separator: " nor "))")
        }
        _ = try await system.check(
            .kernelInstall, ["add", kernelRelease, kernel, "/boot/initrd.img-\(kernelRelease)"], options,
            doing: "making the entry of the kernel \(kernelRelease)")
    }
}
