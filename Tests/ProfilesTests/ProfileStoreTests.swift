import DeploymentModel
import Glibc
import Images
import LinuxSystem
import MusterAPI
import MusterBase
import Profiles
import Testing

@Suite("profiles on disk")
struct ProfileStoreTests {
    let site: TestSite

    init() throws { site = try TestSite() }

    @Test("a profile made from an image is complete and without fault")
    func create() throws {
        let profile = try site.store.createFromImage("web", image: "debian-12")
        #expect(try site.store.names() == ["web"])
        #expect(try site.store.load("web") == profile)
        #expect(profile.image?.version == .latest && profile.family == "debian" && profile.version == "12")
        #expect(try site.store.verify("web") == [])
        let content = site.directory.content().filter { $0.hasPrefix("os/") && $0 != "os/.lock" }
        #expect(
            content == [
                "os/web", "os/web/.muster", "os/web/.muster/origin", "os/web/.muster/origin.json",
                "os/web/.muster/origin/profile.yaml", "os/web/boot.ipxe", "os/web/profile.yaml", "os/web/scripts",
                "os/web/scripts/firstboot.d",
                "os/web/scripts/onboot.d", "os/web/scripts/post.d", "os/web/scripts/pre.d",
            ])
    }

    @Test("a profile made from a numbered version stays with it")
    func pinned() throws {
        _ = try site.store.createFromImage("web", image: "debian-12@1")
        try site.addVersion(2)
        #expect(try !site.store.updateBoot("web"))
        #expect(try site.store.bootedImage(of: "web")?.version == 1)
    }

    @Test("the profile of a captured image has the layout of the machine's disk, as it can be written and read")
    func layout() throws {
        let site = try TestSite()
        let disk = ImageManifest.DiskLayout(
            fileSystem: .xfs,
            extras: [
                .init(.mount("/home"), size: .percent(40), type: .btrfs, label: "users"),
                .init(.swap, size: .octets(2_000_000_000)),
            ])
        try site.addVersion(2, disk: disk)
        let profile = try site.store.createFromImage("web", image: "debian-12")
        #expect(profile.install == InstallSettings(fileSystem: .xfs, extras: disk.extras))
        #expect(try site.text("os/web/profile.yaml").contains("    - {path: swap, size: 2G}\n"))
        let again: ImageManifest.DiskLayout = try MusterJSON.decode(from: MusterJSON.encode(disk), of: "the layout")
        #expect(again == disk)
    }

    @Test("an existing profile, a bad name and a missing image change nothing")
    func refused() throws {
        _ = try site.store.createFromImage("web", image: "debian-12")
        let before = site.directory.content()
        #expect { try site.store.createFromImage("web", image: "debian-12") } throws: {
            ($0 as? MusterError)?.code == .alreadyExists
        }
        #expect { try site.store.createFromImage("../x", image: "debian-12") } throws: {
            ($0 as? MusterError)?.code == .invalidInput
        }
        #expect { try site.store.createFromImage("other", image: "debian-13") } throws: {
            "\($0)" == "there is no image 'debian-13'; there are: debian-12"
        }
        #expect(site.directory.content() == before)
    }

    @Test("a profile that installs to disk boots its machines as the others do")
    func installToDisk() throws {
        _ = try site.store.createFromImage("web", image: "debian-12")
        let file = "\(site.store.path("web"))/profile.yaml"
        try AtomicFile.write("family: debian\nimage: {name: debian-12, method: installtodisk}\n", to: file)
        #expect(try !site.store.updateBoot("web"))
        #expect(try site.store.verify("web") == [])
    }

    @Test("what a killed create left behind is in nobody's way")
    func leftover() throws {
        try site.directory.write("half", to: "os/.web.new/profile.yaml")
        try site.directory.link("os/.web.new/distribution", to: "../../../distributions/debian-13")
        try site.directory.write("half", to: "os/.other.new/profile.yaml")
        #expect(try site.store.names() == [])
        _ = try site.store.createFromImage("web", image: "debian-12")
        #expect(try site.store.verify("web") == [])
        #expect(!site.directory.content().contains { $0.contains(".new") || $0.hasSuffix("/distribution") })
    }

    @Test("update-boot follows the latest version, and says whether anything changed")
    func update() throws {
        _ = try site.store.createFromImage("web", image: "debian-12")
        #expect(try !site.store.updateBoot("web"))
        try site.addVersion(2)
        #expect(try site.store.bootedImage(of: "web")?.version == 1)
        #expect(
            try site.store.verify("web")
                == ["boot.ipxe is not what profile.yaml asks for; run: muster profile update-boot web"])
        #expect(try site.store.updateBoot("web"))
        #expect(try site.store.bootedImage(of: "web")?.version == 2)
        #expect(try site.text("os/web/boot.ipxe").contains("kernel ../../images/debian-12/2/kernel initrd=initramfs"))
    }

    @Test("scripts come in natural order with their digests; an editor's copies do not count")
    func scripts() throws {
        let profile = try site.store.createFromImage("web", image: "debian-12")
        for name in ["10-last", "9-middle", "1-first", "x~", ".hidden", "5-old.bak"] {
            try site.directory.write(name, to: "os/web/scripts/onboot.d/\(name)")
        }
        let scripts = try site.store.scripts(of: profile, stage: .onboot)
        #expect(scripts.map(\.name) == ["1-first", "9-middle", "10-last"])
        #expect(scripts.first?.path == "/os/web/scripts/onboot.d/1-first")
        #expect(try scripts.first?.digest == FileDigest.of(Array("1-first".utf8)))
        #expect(try site.store.scripts(of: profile, stage: .pre) == [])
        #expect(
            try site.store.verify("web")
                == [".hidden", "5-old.bak", "x~"].map {
                    "scripts/onboot.d/\($0) is not taken for a script, for its name"
                }
                + ["1-first", "9-middle", "10-last"].map {
                    "scripts/onboot.d/\($0): it does not say what runs it; begin it with a line such as #!/bin/sh"
                })
    }

    @Test("a stage that is left out runs nothing")
    func stages() throws {
        _ = try site.store.createFromImage("web", image: "debian-12")
        try site.directory.write("#!/bin/sh\n", to: "os/web/scripts/pre.d/1-a")
        let file = try site.text("os/web/profile.yaml")
        try site.directory.write(file + "stages: [onboot]\n", to: "os/web/profile.yaml")
        #expect(try site.store.scripts(of: site.store.load("web"), stage: .pre) == [])
        #expect(try site.store.verify("web") == ["scripts/pre.d has scripts, but 'stages' leaves that stage out"])
        try site.directory.write(file, to: "os/web/profile.yaml")
        #expect(
            try site.store.verify("web") == [
                "scripts/pre.d has scripts, but a system that runs from the network has no such stage"
            ])
    }

    @Test("verify names a fault in the file, a version that is gone, and files that are not as the manifest says")
    func verify() throws {
        _ = try site.store.createFromImage("web", image: "debian-12")
        try site.directory.write("longer than it was", to: "images/debian-12/1/kernel")
        #expect(
            try site.store.verify("web") == ["kernel of debian-12@1 is missing or has another size than it should"])
        try Files.remove("\(site.directory.path)/images/debian-12/1.manifest")
        #expect(try site.store.verify("web").first?.contains("there is no image 'debian-12'") == true)
        try site.directory.write("family: Be OS\n", to: "os/web/profile.yaml")
        #expect(try site.store.verify("web").first?.contains("profile.yaml:1:9: 'Be OS' is no family") == true)
        #expect(throws: MusterError.self) { try site.store.verify("absent") }
        let path = "\(site.directory.path)/os/web/profile.yaml"
        try Files.remove(path)
        #expect(mkfifo(path, 0o600) == 0)
        #expect(try site.store.verify("web").first?.hasSuffix("it is a FIFO, not a file") == true)
    }

    @Test("an image for another processor is told")
    func architecture() throws {
        try site.addVersion(2, architecture: "aarch64")
        _ = try site.store.createFromImage("web", image: "debian-12@1")
        let file = try site.text("os/web/profile.yaml")
        try site.directory.write(file.replacing("version: 1\n", with: "version: 2\n"), to: "os/web/profile.yaml")
        try site.store.updateBoot("web")
        #expect(try site.store.verify("web") == ["debian-12@2 is for aarch64, the profile for x86_64"])
    }

    @Test("loaders are copied under Muster's names, once, and others left alone")
    func loaders() throws {
        for name in ["undionly.kpxe", "snponly.efi", "ipxe.efi"] { try site.directory.write(name, to: "lib/\(name)") }
        try site.directory.write("arm", to: "boot/snponly-arm64.efi")
        let (source, boot) = ("\(site.directory.path)/lib", "\(site.directory.path)/boot")
        #expect(BootLoaders.missing(in: boot).count == 10)
        let names = [
            "undionly.kpxe", "snponly-x86_64.efi", "ipxe-x86_64.efi", "end-x86_64.efi", "end-arm64.efi",
            "grub/grub.cfg", "debian-installer/amd64/grub/grub.cfg", "debian-installer/arm64/grub/grub.cfg",
            "EFI/BOOT/grub.cfg", "boot/grub/grub.cfg",
        ]
        #expect(try BootLoaders.install(from: source, to: boot) == names)
        #expect(try BootLoaders.install(from: source, to: boot) == [])
        #expect(try site.text("boot/snponly-x86_64.efi") == "snponly.efi")
        #expect(try site.text("boot/snponly-arm64.efi") == "arm")
        #expect(try site.text("debian-installer/amd64/grub/grub.cfg").contains("\nsource \"$muster_device"))
        try Files.remove("\(source)/ipxe.efi")
        try site.directory.write("new", to: "lib/undionly.kpxe")
        #expect(throws: MusterError.self) { try BootLoaders.install(from: source, to: boot) }
        #expect(try site.text("boot/undionly.kpxe") == "undionly.kpxe")
        #expect(BootLoaders.missing(in: boot) == [])
    }
}
