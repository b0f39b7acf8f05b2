import DeploymentModel
import Glibc
import LinuxSystem
import Media
import MusterBase
import OSFamilies
import Profiles
import TestSupport
import Testing

@Suite("profiles that install from a medium")
struct InstallerProfileTests {
    private let site: InstallerSite
    private var directory: TemporaryDirectory { site.directory }
    private var store: ProfileStore { site.store }

    init() throws { site = try InstallerSite() }

    private func path(_ name: String) -> String { site.path("trixie", name) }

    @discardableResult
    private func importMedium(
        _ name: String, kernel: String = "kernel", grub: String? = nil
    ) async throws -> MediumRecord {
        try await site.importMedium(name, kernel: kernel, grub: grub)
    }

    private func create() async throws -> Profile {
        try await store.createFromMedium("trixie", medium: importMedium("debian-13"))
    }

    @Test("it is one directory: settings, answers, stages, and links to the medium and to what machines boot")
    func whole() async throws {
        let profile = try await create()
        #expect(profile.method == .scripted && profile.image == nil && profile.system == .installer(.debian))
        #expect(profile.label == "Debian 13 netboot" && profile.family == "debian" && profile.version == "13")
        #expect(Files.linkTarget(path("distribution")) == "../../../distributions/debian-13")
        #expect(
            Files.linkTarget(path("boot/debian-13/kernel"))
                == "../../../../../distributions/debian-13/debian-installer/amd64/linux")
        #expect(try Files.readText(path("boot/debian-13/initramfs")) == "initramfs")
        // What follows nine octets begins at the twelfth.
        #expect(try Files.read(path("boot/debian-13/padding")) == [0, 0, 0])
        #expect(try Files.readText(path("preseed.cfg")).contains("\nd-i passwd/make-user boolean false\n"))
        #expect(try Files.names(in: path("scripts")).count == 4)
        #expect(try store.verify("trixie").isEmpty)
        // Nothing of it tells of a site or of a machine.
        #expect(try store.load("trixie") == profile)
        let script = try Files.readText(path("boot.ipxe"))
        #expect(script.contains("\n# medium: debian-13\n") && !script.contains("http"))
        #expect(
            script.contains(
                "kernel boot/debian-13/kernel initrd=initramfs initrd=padding initrd=addons.cpio initrd=site.cpio auto=true "
                    + "priority=critical DEBIAN_FRONTEND=text console=tty0 console=ttyS0,115200n8 muster.profile=trixie || goto failed\n"
            )
        )
        #expect(BootScript.image(ofScript: script) == nil)
    }

    @Test("a signed shim and GRUB of the medium are there to be booted from, unless the profile says iPXE")
    func signed() async throws {
        let medium = try await importMedium("debian-13", grub: "tftp\0http\0efinet\0")
        _ = try store.createFromMedium("trixie", medium: medium)
        #expect(store.signedLoaders(of: "trixie") == ["x64"])
        #expect(try Files.readText(path("boot/efi/shimx64.efi")) == "shim")
        #expect(try Files.readText(path("boot/end/grubx64.efi")).hasPrefix("tftp"))
        #expect(try Files.readText(path("boot/end/grub.cfg")).contains("chainloader"))
        let script = try Files.readText(path("boot/efi/grub.cfg"))
        #expect(script.contains("if linux $muster_from/os/trixie/boot/debian-13/kernel auto=true priority=critical "))
        #expect(script.contains("=\"/os/trixie/boot/debian-13/initramfs /site/addons.cpio /site/site.cpio\"\n"))
        #expect(try store.verify("trixie").isEmpty && !store.updateBoot("trixie"))
        let yaml = try Files.readText(path("profile.yaml"))
        try AtomicFile.write("\(yaml)boot_loader: ipxe\n", to: path("profile.yaml"))
        #expect(try store.updateBoot("trixie") && store.signedLoaders(of: "trixie").isEmpty)
        #expect(!Files.exists(path("grub.cfg")))
    }

    @Test("a GRUB that knows no network is left out, and refused to a profile that wants it")
    func grubOfDisc() async throws {
        let medium = try await importMedium("debian-13", grub: "iso9660\0search\0")
        _ = try store.createFromMedium("trixie", medium: medium)
        #expect(store.signedLoaders(of: "trixie").isEmpty && !Files.exists(path("grub.cfg")))
        let yaml = try Files.readText(path("profile.yaml"))
        try AtomicFile.write("\(yaml)boot_loader: signed\n", to: path("profile.yaml"))
        let error = #expect(throws: MusterError.self) { try store.updateBoot("trixie") }
        #expect(error?.message == "the medium debian-13 has no shim and GRUB that boot over the network")
    }

    @Test("another medium behind the link is followed when the boot files are written, and only what changed is")
    func follows() async throws {
        _ = try await create()
        #expect(try store.updateBootFiles("trixie").isEmpty)
        try await importMedium("debian-13-new", kernel: "new")
        try Files.link(path("distribution"), to: "../../../distributions/debian-13-new")
        #expect(try store.verify("trixie").contains { $0.hasPrefix("boot.ipxe is not what profile.yaml asks for") })
        // Until then machines boot the one before as a whole.
        #expect(try Files.readText(path("boot.ipxe")).contains("kernel boot/debian-13/kernel "))
        #expect(try Files.readText(path("boot/debian-13/kernel")) == "kernel")
        let files = ["kernel", "initramfs", "padding"].map { "boot/debian-13-new/\($0)" }
        #expect(try store.updateBootFiles("trixie") == files + ["boot.ipxe"])
        #expect(try Files.readText(path("boot/debian-13-new/kernel")) == "new" && store.verify("trixie").isEmpty)
        #expect(try store.updateBootFiles("trixie").isEmpty)
        // A medium in use is not removed.
        let error = #expect(throws: MusterError.self) {
            try store.media.remove("debian-13-new", profiles: [store.directory])
        }
        #expect(error?.code == .conflict)
        // A machine that began to load before finds the rest.
        #expect(try Files.readText(path("boot/debian-13/initramfs")) == "initramfs")
        #expect(try store.releaseFormerMedium("debian-13-new").isEmpty)
        #expect(try store.releaseFormerMedium("debian-13") == ["trixie"])
        _ = try store.media.remove("debian-13", profiles: [store.directory])
        #expect(try store.verify("trixie").isEmpty)
    }

    @Test(
        "what an earlier form of the directory boot had goes at the second change, and what is the administrator's stays"
    )
    func former() async throws {
        _ = try await create()
        for name in ["kernel", "initramfs", "padding"] { try AtomicFile.write(name, to: path("boot/\(name)")) }
        try AtomicFile.write("own", to: path("boot/own"))
        try AtomicFile.write("kernel boot/kernel initrd=initramfs\ninitrd boot/initramfs\n", to: path("boot.ipxe"))
        #expect(try store.updateBootFiles("trixie") == ["boot.ipxe"])
        #expect(try Files.names(in: path("boot")) == ["debian-13", "initramfs", "kernel", "own"])
        try await importMedium("debian-13-new", kernel: "new")
        try Files.link(path("distribution"), to: "../../../distributions/debian-13-new")
        try store.updateBoot("trixie")
        #expect(try Files.names(in: path("boot")) == ["debian-13", "debian-13-new", "own"])
    }

    @Test("what is missing is told, and how to mend it")
    func problems() async throws {
        _ = try await create()
        try Files.remove(path("preseed.cfg"))
        try Files.remove(path("boot/debian-13/initramfs"))
        #expect(
            try store.verify("trixie") == [
                "the answer file preseed.cfg is missing",
                "boot/debian-13/initramfs is no link to ../../../../../distributions/debian-13/debian-installer/amd64/"
                    + "initrd.gz; run: muster profile update-boot trixie",
            ])
        try Files.remove(path("distribution"))
        #expect(try store.verify("trixie").first?.contains("has no link to a medium") == true)
        #expect(throws: MusterError.self) { try store.updateBoot("trixie") }
    }

    @Test("a medium does not go while a profile of it is made, and a profile that is never finished does not keep it")
    func removal() async throws {
        let medium = try await importMedium("debian-13")
        let lock = try store.media.lock()
        #expect { try store.createFromMedium("trixie", medium: medium) } throws: {
            ($0 as? MusterError)?.code == .conflict
        }
        lock.release()
        try directory.makeDirectory("state/public/os/.trixie.new")
        try directory.link("state/public/os/.trixie.new/distribution", to: "../../../distributions/debian-13")
        _ = try store.media.remove("debian-13", profiles: [store.directory])
        #expect { try store.createFromMedium("trixie", medium: medium) } throws: {
            ($0 as? MusterError)?.code == .notFound
        }
        #expect(try Files.names(in: store.directory) == [".lock"])
    }

    @Test("a name that is taken, and a medium whose installer is not known, make nothing")
    func refused() async throws {
        _ = try await create()
        var medium = try store.media.record("debian-13")
        #expect { try store.createFromMedium("trixie", medium: medium) } throws: {
            ($0 as? MusterError)?.code == .alreadyExists
        }
        medium.family = .clearLinux
        #expect { try store.createFromMedium("clear", medium: medium) } throws: {
            ($0 as? MusterError)?.code == .unsupported
        }
        #expect(try store.names() == ["trixie"])
    }
}
