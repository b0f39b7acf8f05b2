import DeploymentModel
import MusterBase
import Profiles
import Testing

@Suite("profile.yaml")
struct ProfileTests {
    static let smallest = "family: debian\nimage: {name: debian-12}"

    private func parse(_ text: String) throws -> Profile { try Profile.parse(text, file: "p.yaml", name: "web") }

    @Test("the smallest profile gets the documented defaults")
    func defaults() throws {
        let profile = try parse(Self.smallest)
        #expect(profile.architecture == "x86_64")
        #expect(profile.image?.version == .latest)
        #expect(profile.image?.method == .untethered)
        #expect(profile.stages == [.pre, .post, .firstboot, .onboot])
        #expect(
            profile.bootArguments == [
                "rdinit=/usr/lib/muster/early-init", "console=tty0", "console=ttyS0,115200n8", "muster.profile=web",
            ])
    }

    @Test("file systems beside the root come in the order in which they are mounted")
    func fileSystems() throws {
        let profile = try parse(
            Self.smallest + """

                install:
                  filesystems:
                    - {path: swap, size: 2G}
                    - {path: /var/log, size: 10%, filesystem: xfs, label: logs}
                    - {path: /home, size: 1T}
                    - {path: /var, size: 320M}
                """)
        #expect(
            profile.install.extras == [
                ExtraFileSystem(.mount("/home"), size: .octets(1_000_000_000_000)),
                ExtraFileSystem(.mount("/var"), size: .octets(320_000_000)),
                ExtraFileSystem(.mount("/var/log"), size: .percent(10), type: .xfs, label: "logs"),
                ExtraFileSystem(.swap, size: .octets(2_000_000_000)),
            ])
    }

    @Test("every key is read")
    func everyKey() throws {
        let profile = try parse(
            """
            label: Web servers
            family: debian
            version: 12
            architecture: aarch64
            kernel_arguments: quiet mitigations=off
            installed_kernel_arguments: nosmt
            image: {name: debian-12, version: 7, method: tethered, fill: memory}
            console: tty0 ttyAMA0
            stages: [onboot]
            install: {filesystem: btrfs, layout: ab, trial_minutes: 40, keep_chunks: false, encryption: tpm2, tpm_pcrs: [7, 4]}
            """)
        #expect(profile.install.encryption == DiskEncryption(registers: [4, 7]))
        #expect(profile.install.fileSystem == .btrfs)
        #expect(profile.install.layout == .ab && profile.install.trialMinutes == 40)
        #expect(!profile.install.keepsChunks)
        #expect(profile.installedBootArguments == ["console=tty0", "console=ttyAMA0", "nosmt"])
        #expect(profile.label == "Web servers" && profile.version == "12" && profile.family == "debian")
        #expect(profile.image?.version == .number(7) && profile.image?.method == .tethered)
        #expect(profile.image?.fill == .memory)
        #expect(profile.installedKernelArguments == "nosmt")
        #expect(profile.stages == [.onboot])
        #expect(
            profile.bootArguments == [
                "rdinit=/usr/lib/muster/early-init", "console=tty0", "console=ttyAMA0", "muster.profile=web", "quiet",
                "mitigations=off",
            ])
    }

    @Test("console none leaves the choice to the kernel")
    func noConsole() throws {
        #expect(try parse(Self.smallest + "\nconsole: none").bootArguments.dropFirst() == ["muster.profile=web"])
    }

    @Test(
        "each console is a device, and its options are what the kernel takes",
        arguments: [
            ("tty0 ttyS1,115200n8r", true), ("hvc0", true), ("ttyAMA0,9600", true), ("netcon0", true),
            ("uart8250,io,0x3f8,115200", true), ("ttyS0,115200o7", true), ("115200n8", false), ("ttyS0,", false),
            ("ttyS0,fast", false), ("ttyS0,115200x8", false), ("tty0 none", false), (",", false), ("'  '", false),
            ("tty0,1,2", false), ("ttyS0,115200n8rr", false),
        ])
    func consoles(text: String, isAllowed: Bool) {
        let profile = try? parse(Self.smallest + "\nconsole: \(text)")
        #expect((profile != nil) == isAllowed)
    }

    static let kernelRule =
        "these kernel arguments cannot stand in a boot script; allowed: one line of ASCII without $ \" ' \\ # ; & | ` < > { }"

    static let faults: [(text: String, message: String)] = [
        (
            smallest + "\nkernel_argument: a",
            "p.yaml:3:1: unknown key 'kernel_argument' in a profile; allowed: label, family, version, architecture, "
                + "kernel_arguments, installed_kernel_arguments, image, installer, boot_loader, console, stages, install"
        ),
        ("family: debian", "p.yaml:1:1: a profile lacks the key 'image'"),
        ("family: debian\nimage: {}", "p.yaml:2:8: image lacks the key 'name'"),
        (
            "family: debian\nimage: {name: A}",
            "p.yaml:2:15: 'A' is no image name; allowed: lower-case letters, digits, '.', '_', '-'"
        ),
        (
            "family: debian\nimage: {name: a, version: 0}",
            "p.yaml:2:27: '0' is no version; allowed: latest, or a number from 1"
        ),
        (
            "family: debian\nimage: {name: a, fill: memory}",
            "p.yaml:2:24: 'fill' goes with the method 'tethered' only"
        ),
        (
            "family: debian\nimage: {name: a, method: tethered, fill: tape}",
            "p.yaml:2:42: 'tape' is no fill; allowed: none, memory, disk"
        ),
        (
            "family: debian\nimage: {name: a, method: usb}",
            "p.yaml:2:26: 'usb' is no method; allowed: untethered, tethered, installtodisk"
        ),
        (smallest + "\nkernel_arguments: a ${net0/mac}", "p.yaml:3:19: \(kernelRule)"),
        (smallest + "\nkernel_arguments: a && reboot", "p.yaml:3:19: \(kernelRule)"),
        (smallest + "\nkernel_arguments: \"a\\nboot\"", "p.yaml:3:19: \(kernelRule)"),
        (
            smallest + "\nkernel_arguments: initrd=mine",
            "p.yaml:3:19: the kernel argument 'initrd=mine' is set by Muster itself"
        ),
        (
            smallest + "\nconsole: ttyS0;reboot",
            "p.yaml:3:10: 'ttyS0;reboot' is no console; allowed: devices with blanks between, such as "
                + "'tty0 ttyS1,115200n8', or none"
        ),
        (
            smallest + "\ninstall: {filesystem: zfs}",
            "p.yaml:3:23: 'zfs' is no file system; allowed: ext4, xfs, btrfs"
        ),
        (
            smallest + "\ninstall: {disk: sda}",
            "p.yaml:3:11: unknown key 'disk' in install; allowed: filesystem, layout, trial_minutes, keep_chunks, "
                + "encryption, tpm_pcrs, filesystems"
        ),
        (smallest + "\ninstall: {keep_chunks: 1}", "p.yaml:3:24: '1' is no answer; allowed: true, false"),
        (
            smallest + "\ninstall: {filesystems: [{path: /usr/local, size: 5G}]}",
            "p.yaml:3:32: '/usr/local' is no place of a file system; allowed: swap, or a plain path of 28 characters at "
                + "most such as /home, not below what a system starts from"
        ),
        (
            smallest + "\ninstall: {filesystems: [{path: /srv, size: 5M}]}",
            "p.yaml:3:44: '5M' is no size; allowed: 1% to 90% of the disk, or 320M and more, such as 20G or 1T"
        ),
        (
            smallest + "\ninstall: {filesystems: [{path: /srv, size: 50%}, {path: swap, size: 41%}]}",
            "p.yaml:3:50: with this, 91% of the disk are given away; allowed: 90% in all"
        ),
        (
            smallest + "\ninstall: {filesystems: [{path: /srv, size: 5G}, {path: /srv, size: 6G}]}",
            "p.yaml:3:49: there are two of '/srv'"
        ),
        (
            smallest + "\ninstall: {filesystems: [{path: /a, size: 5G, label: x}, {path: /b, size: 5G, label: x}]}",
            "p.yaml:3:57: there are two of the label 'x'"
        ),
        (
            smallest + "\ninstall: {layout: ab, filesystems: [{path: /var, size: 5G}]}",
            "p.yaml:3:44: '/var' cannot be shared by two roots: each agent keeps its own there"
        ),
        (
            smallest + "\ninstall: {filesystems: [{path: swap, size: 1G, label: s}]}",
            "p.yaml:3:55: 'label' does not go with swap"
        ),
        (
            smallest + "\ninstall: {encryption: tpm2, filesystems: []}",
            "p.yaml:3:42: 'filesystems' do not go with encryption: they would not be encrypted"
        ),
        (smallest + "\ninstall: {encryption: luks}", "p.yaml:3:23: 'luks' is no encryption; allowed: none, tpm2"),
        (
            smallest + "\ninstall: {encryption: tpm2, tpm_pcrs: [24]}",
            "p.yaml:3:40: '24' is no number of a register; allowed: 0 to 23"
        ),
        (
            smallest + "\ninstall: {encryption: none, tpm_pcrs: [7]}",
            "p.yaml:3:39: 'tpm_pcrs' goes with the encryption 'tpm2' only"
        ),
        (smallest + "\ninstall: {layout: c}", "p.yaml:3:19: 'c' is no layout; allowed: single, ab"),
        (
            smallest + "\ninstall: {trial_minutes: 9}",
            "p.yaml:3:26: 'trial_minutes' goes with the layout 'ab' only"
        ),
        (
            smallest + "\ninstall: {layout: ab, trial_minutes: 1}",
            "p.yaml:3:38: '1' is no number of minutes; allowed: 2 to 1440"
        ),
        (smallest + "\ninstaller: debian", "p.yaml:2:8: 'image' does not go with 'installer'"),
        ("family: debian\ninstaller: yast", "p.yaml:2:12: 'yast' is no installer; allowed: debian, el"),
        (smallest + "\nstages: [boot]", "p.yaml:3:10: 'boot' is no stage; allowed: pre, post, firstboot, onboot"),
    ]

    @Test("a fault is told in one line with its place and what is allowed", arguments: faults.indices)
    func fault(_ index: Int) {
        let fault = Self.faults[index]
        #expect { try parse(fault.text) } throws: { error in
            #expect("\(error)" == fault.message)
            return (error as? MusterError)?.exitCode == 1
        }
    }
}
