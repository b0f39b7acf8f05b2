import DeploymentModel
import Glibc
import LinuxSystem
import Media
import MediaImport
import MusterBase
import OSFamilies
import Profiles
import TestSupport
import Testing

@Suite("profiles that install from a medium")
struct InstallerProfileTests {
    private let directory: TemporaryDirectory
    private let store: ProfileStore

    init() throws {
        directory = try TemporaryDirectory()
        store = try ProfileStore(publicDirectory: directory.path("state/public"))
        try directory.makeDirectory("state/public/os")
    }

    private func path(_ name: String) -> String { directory.path("state/public/os/trixie/\(name)") }

    /// Imports a netboot tree of the true layout, with files that are not.
    @discardableResult
    private func importMedium(
        _ name: String, kernel: String = "kernel", grub: String? = nil
    ) async throws -> MediumRecord {
        let tree = "debian-installer/amd64"
        try directory.write("Debian version:  13 (trixie)\nInstaller build: 1\n", to: "\(name)/version.info")
        try directory.write(kernel, to: "\(name)/\(tree)/linux")
        try directory.write("initramfs", to: "\(name)/\(tree)/initrd.gz")
        if let grub {
            try directory.write("shim", to: "\(name)/\(tree)/bootnetx64.efi")
            try directory.write(grub, to: "\(name)/\(tree)/grubx64.efi")
        }
        var importer = MediumImporter(
            store: store.media, tools: ScriptedTools([:]), clock: .system, keyrings: directory.path("keyrings"))
        importer.limits = MediaLimits(reserve: 0)
        _ = try await importer.run(directory.path(name), name: name) { _, _ in }
        return try store.media.record(name)
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
        #expect(Files.linkTarget(path("boot/kernel")) == "../distribution/debian-installer/amd64/linux")
        #expect(try Files.readText(path("boot/initramfs")) == "initramfs")
        // What follows nine octets begins at the twelfth.
        #expect(try Files.read(path("boot/padding")) == [0, 0, 0])
        #expect(try Files.readText(path("preseed.cfg")).contains("\nd-i passwd/make-user boolean false\n"))
        #expect(try Files.names(in: path("scripts")).count == 4)
        #expect(try store.verify("trixie").isEmpty)
        // Nothing of it tells of a site or of a machine.
        #expect(try store.load("trixie") == profile)
        let script = try Files.readText(path("boot.ipxe"))
        #expect(script.contains("\n# medium: debian-13\n") && !script.contains("http"))
        #expect(
            script.contains(
                "kernel boot/kernel initrd=initramfs initrd=padding initrd=addons.cpio initrd=site.cpio auto=true "
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
        #expect(try Files.readText(path("boot/end/grub.cfg")).hasSuffix("\nexit 1\n"))
        let script = try Files.readText(path("boot/efi/grub.cfg"))
        #expect(script.contains("if linux $muster_from/os/trixie/boot/kernel auto=true priority=critical "))
        #expect(script.contains("=\"/os/trixie/boot/initramfs /site/addons.cpio /site/site.cpio\"\n"))
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
        #expect(try !store.updateBoot("trixie"))
        try await importMedium("debian-13-new", kernel: "new")
        try Files.link(path("distribution"), to: "../../../distributions/debian-13-new")
        #expect(try store.verify("trixie").contains { $0.hasPrefix("boot.ipxe is not what profile.yaml asks for") })
        #expect(try store.updateBoot("trixie"))
        #expect(try Files.readText(path("boot/kernel")) == "new" && store.verify("trixie").isEmpty)
        // A medium in use is not removed.
        let error = #expect(throws: MusterError.self) {
            try store.media.remove("debian-13-new", profiles: [store.directory])
        }
        #expect(error?.code == .conflict)
        _ = try store.media.remove("debian-13", profiles: [store.directory])
    }

    @Test("what is missing is told, and how to mend it")
    func problems() async throws {
        _ = try await create()
        try Files.remove(path("preseed.cfg"))
        try Files.remove(path("boot/initramfs"))
        #expect(
            try store.verify("trixie") == [
                "the answer file preseed.cfg is missing",
                "boot/initramfs is no link to ../distribution/debian-installer/amd64/initrd.gz; run: muster profile "
                    + "update-boot trixie",
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
