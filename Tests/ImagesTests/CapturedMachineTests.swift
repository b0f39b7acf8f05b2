import DeploymentModel
import Images
import LinuxSystem
import MusterBase
import TestSupport
import Testing

/// What machines say of themselves, in the words of the programs of their distributions.
enum CaptureSamples {
    static func description(
        disks: String, mounts: String, firmware: String, loader: String = "grub", packages: String = ""
    ) -> String {
        """

        @@muster release
        ID=debian
        VERSION_ID="12"

        @@muster kernel
        \(TestTree.release) x86_64

        @@muster kernels
        6.0.0-9-old
        \(TestTree.release)

        @@muster disks
        \(disks)

        @@muster mounts
        \(mounts)

        @@muster firmware
        \(firmware)

        @@muster loader
        \(loader)

        @@muster arguments
        BOOT_IMAGE=/vmlinuz root=UUID=1 ro quiet

        @@muster packages
        \(packages)

        @@muster end

        """
    }

    /// Debian 12 on a UEFI machine, as its own installer lays it out, with a stick and a network file system mounted.
    static let uefi = description(
        disks: """
            {"blockdevices": [
              {"name":"vda", "type":"disk", "size":21474836480, "fstype":null, "label":null, "parttype":null,
               "partlabel":null, "pttype":"gpt", "children": [
                 {"name":"vda1", "type":"part", "size":536870912, "fstype":"vfat", "label":null,
                  "parttype":"c12a7328-f81f-11d2-ba4b-00a0c93ec93b", "partlabel":"EFI", "pttype":"gpt"},
                 {"name":"vda2", "type":"part", "size":19864223744, "fstype":"ext4", "label":"root",
                  "parttype":"0fc63daf-8483-4772-8e79-3d69d8477de4", "partlabel":null, "pttype":"gpt"}]},
              {"name":"sda", "type":"disk", "size":8000000000, "fstype":"vfat", "label":"STICK", "parttype":null,
               "partlabel":null, "pttype":null}
            ]}
            """,
        mounts: """
            {"filesystems": [
              {"target":"/", "source":"/dev/vda2", "fstype":"ext4", "fsroot":"/", "size":19440000000, "used":1200000000,
               "children": [
                 {"target":"/boot/efi", "source":"/dev/vda1", "fstype":"vfat", "fsroot":"/", "size":535805952,
                  "used":6201344},
                 {"target":"/media/stick", "source":"/dev/sda", "fstype":"vfat", "fsroot":"/", "size":1, "used":1},
                 {"target":"/srv/bound", "source":"/dev/vda2[/var/bound]", "fstype":"ext4", "fsroot":"/var/bound",
                  "size":1, "used":1},
                 {"target":"/home", "source":"nas:/home", "fstype":"nfs4", "fsroot":"/", "size":1, "used":1}]}
            ]}
            """, firmware: "uefi")

    /// Rocky 8 on LVM and xfs: lsblk of that age writes numbers as text.
    static let volumes = description(
        disks: """
            {"blockdevices": [
              {"name":"sda", "type":"disk", "size":"21474836480", "fstype":null, "label":null, "parttype":null,
               "partlabel":null, "pttype":"dos", "children": [
                 {"name":"sda1", "type":"part", "size":"1073741824", "fstype":"xfs", "label":null, "parttype":"0x83",
                  "partlabel":null, "pttype":"dos"},
                 {"name":"sda2", "type":"part", "size":"20400046080", "fstype":"LVM2_member", "label":null,
                  "parttype":"0x8e", "partlabel":null, "pttype":"dos", "children": [
                    {"name":"rl-root", "type":"lvm", "size":"18249416704", "fstype":"xfs", "label":null,
                     "parttype":null, "partlabel":null, "pttype":null},
                    {"name":"rl-swap", "type":"lvm", "size":"2147483648", "fstype":"swap", "label":null,
                     "parttype":null, "partlabel":null, "pttype":null}]}]}
            ]}
            """,
        mounts: """
            {"filesystems": [
              {"target":"/", "source":"/dev/mapper/rl-root", "fstype":"xfs", "fsroot":"/", "size":"18238930944",
               "used":"1966657536", "children": [
                 {"target":"/boot", "source":"/dev/sda1", "fstype":"xfs", "fsroot":"/", "size":"1063256064",
                  "used":"200000000"}]}
            ]}
            """, firmware: "bios", packages: "zlib\t1.2.11-25.el8\tx86_64\nbash\t4.4.20-4.el8_6\tx86_64\n")
}

@Suite("what a captured machine is made of")
struct CapturedMachineTests {
    @Test("the system's file systems are found, and none that is elsewhere or of another machine")
    func findsFileSystems() throws {
        let machine = try CapturedMachine(description: CaptureSamples.uefi)
        #expect(machine.fileSystems.map(\.mountPoint) == ["/", "/boot/efi"])
        #expect(machine.fileSystems.first?.label == "root" && machine.fileSystems.first?.used == 1_200_000_000)
        #expect(machine.archived.map(\.mountPoint) == ["/"])
        #expect(machine.firmware == .uefi && machine.bootLoader == "grub" && machine.distribution == "debian")
        #expect(machine.kernelRelease == TestTree.release && machine.otherKernels == ["6.0.0-9-old"])
        #expect(machine.disks.map(\.name) == ["vda"] && machine.disks.first?.table == "gpt")
        #expect(machine.disks.first?.parts.map(\.content) == ["vfat", "ext4"])
        #expect(machine.isInstalled)
    }

    @Test("logical volumes are found below the partition that they lie on")
    func findsVolumes() throws {
        let machine = try CapturedMachine(description: CaptureSamples.volumes)
        #expect(machine.fileSystems.map(\.device) == ["/dev/mapper/rl-root", "/dev/sda1"])
        #expect(machine.fileSystems.map(\.used) == [1_966_657_536, 200_000_000])
        #expect(machine.disks.first?.parts.last?.parts.map(\.content) == ["xfs", "swap"])
        #expect(machine.firmware == .bios && machine.isInstalled)
        #expect(machine.packages?.map(\.name) == ["bash", "zlib"])
    }

    @Test(
        "a layout keeps shares, kinds and labels, whatever it was made of, and leaves out what has no place of its own")
    func layout() throws {
        // What has a file system of its own but is the system's, or another disk's, lies in the root.
        let plain = try CapturedMachine(description: CaptureSamples.uefi).diskLayout
        #expect(plain == .init(fileSystem: .ext4, extras: []))
        var machine = try CapturedMachine(description: CaptureSamples.volumes)
        func add(_ path: String, _ type: String, _ device: String, _ gigabytes: Int64, _ label: String? = nil) {
            machine.fileSystems.append(
                .init(
                    type: type, mountPoint: path, device: device, label: label, subvolume: "/",
                    size: gigabytes * 1_000_000_000, used: 1))
        }
        add("/home", "ext3", "/dev/mapper/rl-home", 10, "HOME")
        add("/opt", "xfs", "/dev/mapper/rl-root", 10)
        add("/srv", "btrfs", "/dev/mapper/rl-srv", 200, "HOME")
        add("/srv/more", "btrfs", "/dev/mapper/rl-srv", 200)
        add("/usr/local", "xfs", "/dev/mapper/rl-local", 1)
        add("/var/late", "xfs", "/dev/mapper/rl-late", 1)
        #expect(
            machine.diskLayout
                == .init(
                    fileSystem: .xfs,
                    extras: [
                        .init(.mount("/home"), size: .percent(47), type: .ext4, label: "HOME"),
                        .init(.mount("/srv"), size: .percent(43), type: .btrfs),
                        .init(.swap, size: .octets(2_147_000_000)),
                    ]))
    }

    @Test(
        "numbers that no disk has stop nothing",
        arguments: ["9223372036854775807", "\"9223372036854775807\"", "-9223372036854775808", "0", "\"many\""])
    func reckons(_ number: String) throws {
        func device(_ name: String, _ type: String, _ content: String, _ more: String = "") -> String {
            #"{"name":"\#(name)", "type":"\#(type)", "size":\#(number), "fstype":"\#(content)"\#(more)}"#
        }
        let parts = (1...2000).map { device("vda\($0)", "part", $0 < 3 ? "ext4" : "swap") }.joined(separator: ",")
        let machine = try CapturedMachine(
            description: CaptureSamples.description(
                disks: #"{"blockdevices": [\#(device("vda", "disk", "", #", "children": [\#(parts)]"#))]}"#,
                mounts: """
                    {"filesystems": [
                      {"target":"/", "source":"/dev/vda1", "fstype":"ext4", "fsroot":"/", "size":\(number),
                       "used":\(number), "children": [
                         {"target":"/home", "source":"/dev/vda2", "fstype":"ext4", "fsroot":"/", "size":\(number),
                          "used":\(number)}]}]}
                    """, firmware: "bios"))
        let layout = try #require(machine.diskLayout)
        #expect(layout.extras.first?.use == .mount("/home"))
    }

    @Test("a machine that runs from memory is one without disks")
    func runsFromMemory() throws {
        let machine = try CapturedMachine(
            description: CaptureSamples.description(
                disks: #"{"blockdevices": []}"#,
                mounts: #"{"filesystems": [{"target":"/", "source":"muster", "fstype":"overlay", "fsroot":"/"}]}"#,
                firmware: "bios", loader: ""))
        #expect(machine.fileSystems.map(\.type) == ["overlay"] && machine.disks.isEmpty && !machine.isInstalled)
        #expect(machine.bootLoader == nil)
    }

    @Test(
        "what is no description is refused",
        arguments: [
            "", "@@muster kernel\nonlyone\n",
            CaptureSamples.description(disks: "{}", mounts: "{}", firmware: "bios"),
            CaptureSamples.description(
                disks: #"{"blockdevices": []}"#, mounts: #"{"filesystems": []}"#, firmware: "bios"),
        ])
    func refuses(_ text: String) {
        #expect(throws: MusterError.self) { try CapturedMachine(description: text) }
    }

    @Test("a word reaches a shell as it is", arguments: ["plain", "it's", "$HOME `id` \\ \"x\"\n;", "''", ""])
    func quotes(_ word: String) async throws {
        let shell = Tool("sh", candidates: ["/bin/sh"], package: nil)
        let script = "printf %s " + CaptureTarget.quoted(word)
        #expect(try await SystemToolRunner().run(shell, ["-c", script]).text == word)
    }

    @Test("the scripts are what a POSIX shell takes", arguments: [CaptureScripts.describe, CaptureScripts.archive])
    func parses(_ script: String) async throws {
        let shell = Tool("sh", candidates: ["/bin/sh"], package: nil)
        #expect(try await SystemToolRunner().run(shell, ["-n", "-c", script]).standardError.isEmpty)
    }

    @Test("the real tar reads named files again, and one that is gone is no error")
    func readsNamed() async throws {
        let tree = try TemporaryDirectory()
        try Files.write("changed", to: tree.path("file"))
        try Files.write("./file\0./gone\0", to: tree.path("names"))
        let shell = Tool("sh", candidates: ["/bin/sh"], package: nil)
        let script = "cd \(CaptureTarget.quoted(tree.path)) && names=names && exec \(CaptureScripts.readNamed)"
        let result = try await SystemToolRunner().run(
            shell, ["-c", script, "sh"] + CaptureReading.form + CaptureReading.again)
        #expect(result.exitCode == 0, "\(String(decoding: result.standardError, as: UTF8.self))")
        try Files.write(result.standardOutput, to: tree.path("tree.tar"))
        let entries = try TreeArchive(tree.path("tree.tar")).entries
        #expect(entries.map(\.path) == ["file"])
    }
}
