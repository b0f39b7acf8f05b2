import DiskFormats
import LinuxSystem
import MusterBase

/// The encrypted volume that a root lies in: LUKS2, opened by the TPM through clevis, or by a recovery key. It is made
/// with the image's own programs.
struct EncryptedVolume: Sendable {
    /// `/dev/vda3`
    let partition: String
    /// Of the LUKS header.
    let uuid: DiskGUID

    /// The same in each system: what opens it at a start finds it in /etc/crypttab.
    static let name = "muster-root"
    /// Where the volume can be used when it is open.
    static let device = mapped(name)
    /// Of the good root while the other is installed.
    private static let formerName = "muster-former"

    private static func mapped(_ name: String) -> String { "/dev/mapper/" + name }

    /// What asks the kernel for a cipher by its name, and for the mapping.
    static let drivers = ["dm_mod", "dm_crypt", "aesni_intel", "xts", "ecb", "cbc", "algif_skcipher"]
    /// The first TPM 2.0, with the kernel's resource manager (tpm(4)).
    private static let tpm = "/dev/tpmrm0"
    private static let bootHooks = ["/usr/share/initramfs-tools/hooks/clevis", "/usr/lib/dracut/modules.d/60clevis"]

    /// What an image lacks to make such a volume and to open it at a start.
    static func needs(in image: ForeignRoot) -> [ForeignRoot.Need] {
        let hook =
            bootHooks.contains { image.has($0) }
            ? [] : [ForeignRoot.Need(what: "what opens its disk at a start", packages: ["clevis-initramfs"])]
        return image.missing([.cryptsetup, .clevis, .clevisTPM2]) + hook
    }

    /// Throws `unsupported` on a machine without a TPM 2.0, once its drivers are loaded.
    static func requireTPM() throws {
        guard Files.exists(tpm) else {
            throw MusterError(
                .unsupported, "this machine has no TPM 2.0, which is to keep the key of its disk",
                advice: "the TPM in the firmware's settings; or take `encryption` out of the profile")
        }
    }

    /// Makes the volume anew, opened by the recovery key and by this machine's TPM, and opens it.
    ///
    /// Which state of the machine the TPM asks for is settled in the system on the disk, as the one that installs was
    /// started in another way (``DiskSeal``).
    func make(with image: ForeignRoot, _ key: RecoveryKey) async throws {
        // A random key gains nothing by being made slow to guess.
        let cheap = ["--pbkdf", "pbkdf2", "--pbkdf-force-iterations", "1000"]
        try await cryptsetup(
            ["luksFormat", "--batch-mode", "--type", "luks2", "--uuid", "\(uuid)", "--key-file", "-"] + cheap
                + [partition], image, key, doing: "encrypting \(partition)")
        _ = try await image.check(
            .clevis, ["luks", "bind", "-k", "-", "-d", partition, "tpm2", "{}"],
            ToolOptions(standardInput: Array(key.text.reveal().utf8)), doing: "giving the disk's key to the TPM")
        try await cryptsetup(
            ["open", "--type", "luks2", "--key-file", "-", "--allow-discards", "--persistent", partition, Self.name],
            image, key, doing: "opening \(partition)")
    }

    private func cryptsetup(
        _ arguments: [String], _ image: ForeignRoot, _ key: RecoveryKey, doing: String
    ) async throws {
        // Nobody is there who would make device nodes in its place.
        let options = ToolOptions(
            environment: ["DM_DISABLE_UDEV": "1"], standardInput: Array(key.text.reveal().utf8))
        _ = try await image.check(.cryptsetup, arguments, options, doing: doing)
    }

    /// Opens the volume of the good root by the TPM, while the other root is installed.
    ///
    /// - Returns: the device to mount.
    static func openFormer(_ partition: String, with image: ForeignRoot) async throws -> String {
        _ = try await image.check(
            .clevis, ["luks", "unlock", "-d", partition, "-n", formerName],
            ToolOptions(environment: ["DM_DISABLE_UDEV": "1"]), doing: "opening the other root on \(partition)")
        return mapped(formerName)
    }

    /// Closes what is open, as far as nobody uses it.
    static func close(with image: ForeignRoot) async {
        for name in [formerName, name] where Files.exists(mapped(name)) {
            _ = try? await image.run(.cryptsetup, ["close", name], ToolOptions(environment: ["DM_DISABLE_UDEV": "1"]))
        }
    }
}
