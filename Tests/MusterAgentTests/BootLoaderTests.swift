import DeploymentModel
import MusterAgent
import TestSupport
import Testing

@Suite("which boot loader starts a system from its disk")
struct BootLoaderTests {
    private let directory: TemporaryDirectory

    init() throws { directory = try TemporaryDirectory() }

    private var image: ForeignRoot { ForeignRoot(at: directory.path, name: "the image") }

    private func add(_ files: String...) throws {
        for file in files { try directory.write("", to: file) }
    }

    private func addSystemdBoot() throws {
        try add("usr/bin/bootctl", "usr/bin/kernel-install", "usr/lib/systemd/boot/efi/systemd-bootx64.efi")
    }

    private func choice(isUEFI: Bool = true, _ settings: InstallSettings = InstallSettings()) -> BootLoader {
        BootLoader(of: image, isUEFI: isUEFI, settings: settings)
    }

    @Test("systemd-boot is taken where the image has no GRUB, for what it can do")
    func systemdBoot() throws {
        try addSystemdBoot()
        #expect(choice() == .systemdBoot)
        #expect(choice(isUEFI: false) == .grub)
        var two = InstallSettings()
        two.layout = .ab
        var encrypted = InstallSettings()
        encrypted.encryption = DiskEncryption()
        for settings in [two, encrypted] { #expect(choice(settings) == .grub) }
    }

    @Test("GRUB is taken where it is there, and asked for where neither is")
    func grub() throws {
        #expect(choice() == .grub)
        #expect(
            BootLoader.grub.needs(of: image, isUEFI: true).flatMap(\.packages)
                == ["grub2-common", "grub2-common", "grub-efi-amd64-bin"])
        try addSystemdBoot()
        try add("usr/sbin/grub-install", "usr/sbin/grub-mkconfig", "usr/lib/grub/x86_64-efi/modinfo.sh")
        #expect(choice() == .grub && BootLoader.grub.needs(of: image, isUEFI: true).isEmpty)
        #expect(BootLoader.grub.needs(of: image, isUEFI: false).map(\.packages) == [["grub-pc-bin"]])
    }
}
