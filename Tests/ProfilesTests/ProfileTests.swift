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
        #expect(profile.image.version == .latest)
        #expect(profile.image.method == .untethered)
        #expect(profile.stages == [.pre, .post, .firstboot, .onboot])
        #expect(profile.bootArguments == ["console=tty0", "console=ttyS0,115200n8", "muster.profile=web"])
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
            install: {filesystem: btrfs, layout: ab, trial_minutes: 40, keep_chunks: false}
            """)
        #expect(profile.install.fileSystem == .btrfs)
        #expect(profile.install.layout == .ab && profile.install.trialMinutes == 40)
        #expect(!profile.install.keepsChunks)
        #expect(profile.installedBootArguments == ["console=tty0", "console=ttyAMA0", "nosmt"])
        #expect(profile.label == "Web servers" && profile.version == "12" && profile.family == "debian")
        #expect(profile.image.version == .number(7) && profile.image.method == .tethered)
        #expect(profile.image.fill == .memory)
        #expect(profile.installedKernelArguments == "nosmt")
        #expect(profile.stages == [.onboot])
        #expect(
            profile.bootArguments == [
                "console=tty0", "console=ttyAMA0", "muster.profile=web", "quiet", "mitigations=off",
            ])
    }

    @Test("console none leaves the choice to the kernel")
    func noConsole() throws {
        #expect(try parse(Self.smallest + "\nconsole: none").bootArguments == ["muster.profile=web"])
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
                + "kernel_arguments, installed_kernel_arguments, image, console, stages, install"
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
            "p.yaml:3:11: unknown key 'disk' in install; allowed: filesystem, layout, trial_minutes, keep_chunks"
        ),
        (smallest + "\ninstall: {keep_chunks: 1}", "p.yaml:3:24: '1' is no answer; allowed: true, false"),
        (smallest + "\ninstall: {layout: c}", "p.yaml:3:19: 'c' is no layout; allowed: single, ab"),
        (
            smallest + "\ninstall: {trial_minutes: 9}",
            "p.yaml:3:26: 'trial_minutes' goes with the layout 'ab' only"
        ),
        (
            smallest + "\ninstall: {layout: ab, trial_minutes: 1}",
            "p.yaml:3:38: '1' is no number of minutes; allowed: 2 to 1440"
        ),
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
