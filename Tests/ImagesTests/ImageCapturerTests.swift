import Images
import LinuxSystem
import MusterBase
import Synchronization
import TestSupport
import Testing

@Suite("image capture")
struct ImageCapturerTests {
    let state: TemporaryDirectory
    let target = CaptureTarget(address: "10.0.0.7", user: "admin", knownHosts: "/k", identity: "/i")

    init() throws { state = try TemporaryDirectory() }

    private var directory: String { "\(state.path)/private/build/golden" }
    private func archive() throws -> String {
        try BuiltTree.archivePath(stateDirectory: state.path, name: "golden")
    }

    private func capturer(_ tools: ScriptedTools) -> ImageCapturer {
        ImageCapturer(stateDirectory: state.path, tools: tools, clock: WallClock { Timestamp(seconds: 1_700_000_000) })
    }

    /// A machine that describes itself, and gives an archive at each reading, with words on standard error.
    private func machine(_ readings: [(archive: [UInt8], words: String, exitCode: Int32)]) -> ScriptedTools {
        let next = Mutex(0)
        return ScriptedTools([
            "ssh": { call in
                guard call.arguments.last?.contains("tar --create") == true else {
                    return ToolResult(
                        exitCode: 0, standardOutput: Array(CaptureSamples.uefi.utf8), standardError: [])
                }
                let number = next.withLock { number in
                    defer { number += 1 }
                    return number
                }
                let reading = readings[min(number, readings.count - 1)]
                return ToolResult(
                    exitCode: reading.exitCode, standardOutput: reading.archive,
                    standardError: Array(reading.words.utf8))
            }
        ])
    }

    @Test("what came is a built tree that can be packed, with a description of the machine")
    func captures() async throws {
        let tools = machine([(try TestTree.minimal().archive, "view: snapshot /\n", 0)])
        let result = try await capturer(tools).capture(target, as: "golden", source: "n1")
        #expect(result.snapshots == ["/"] && result.unsteady.isEmpty)
        #expect(try Files.readText("\(directory)/build.json").contains("captured from n1"))
        #expect(try Files.readText("\(directory)/captured.json").contains("\"firmware\" : \"uefi\""))
        let packed = try await ImagePacker(
            stateDirectory: state.path, tools: ScriptedTools(ScriptedTools.packing)
        ).pack("golden", sign: { $0 })
        #expect(packed.manifest.distribution == "debian" && packed.manifest.kernelRelease == TestTree.release)
    }

    @Test("ssh asks nothing, trusts the given hosts alone, and what it runs is one quoted line of a privileged shell")
    func callsSSH() async throws {
        let tools = machine([(try TestTree.minimal().archive, "", 0)])
        _ = try await capturer(tools).capture(target, as: "golden", source: "n1")
        let call = try #require(tools.calls.last)
        #expect(call.arguments.contains("BatchMode=yes") && call.arguments.contains("StrictHostKeyChecking=yes"))
        #expect(call.arguments.contains("UserKnownHostsFile=\"/k\""))
        #expect(call.arguments.suffix(3).prefix(2) == ["--", "10.0.0.7"])
        let line = try #require(call.arguments.last)
        #expect(line.hasPrefix("'sudo' '-n' '--' 'unshare' '--mount' '--propagation' 'private' '--' 'sh' '-c' "))
        #expect(line.contains(" 'muster' '/' 'ext4' '/dev/vda2' '--' '--format=posix' "))
        // Neither the machine's secrets nor its other kernels leave it.
        for pattern in ["etc/ssh/ssh_host_*", "dev/*", "boot/*-6.0.0-9-old", "usr/lib/modules/6.0.0-9-old"] {
            #expect(line.contains(" '--exclude=./\(pattern)'"), "\(pattern)")
        }
    }

    @Test("files that changed while they were read are read again, and the later content counts")
    func readsAgain() async throws {
        var second = TestTree()
        try second.file("etc/os-release", "ID=debian\nVERSION_ID=\"13\"\n")
        let changed = "tar: ./etc/os-release: file changed as we read it\n"
        let tools = machine([(try TestTree.minimal().archive, changed, 0), (second.archive, "", 0)])
        let result = try await capturer(tools).capture(target, as: "golden", source: "n1")
        #expect(result.unsteady.isEmpty && tools.calls.count == 3)
        #expect(tools.calls.last?.input == Array("./etc/os-release\0".utf8))
        // One that was removed meanwhile ends no capture.
        #expect(tools.calls.last?.arguments.last?.contains("'--ignore-failed-read'") == true)
        let tree = try TreeArchive(archive())
        let releases = tree.entries.filter { $0.path == "etc/os-release" }
        #expect(releases.count == 2)
        #expect(String(decoding: try tree.content(of: try #require(releases.last)), as: UTF8.self).contains("13"))
    }

    @Test("another machine does not look for the disks of this one")
    func dropsDisks() async throws {
        var tree = try TestTree.minimal()
        try tree.file(
            "etc/fstab",
            """
            # of the installer
            UUID=1 / ext4 errors=remount-ro 0 1
            UUID=2 /boot/efi vfat umask=0077 0 1
            /swap.img none swap sw 0 0
            store:/home /home nfs ro 0 0

            """)
        _ = try await capturer(machine([(tree.archive, "", 0)])).capture(target, as: "golden", source: "n1")
        let captured = try TreeArchive(archive())
        let table = try captured.content(of: try #require(captured.entries.last { $0.path == "etc/fstab" }))
        #expect(String(decoding: table, as: UTF8.self) == "# of the installer\nstore:/home /home nfs ro 0 0\n")
    }

    @Test("what tar says of files that changed is understood, whatever their names")
    func words() {
        let said = """
            view: snapshot /srv/my data
            tar: ./srv/my data/é.db: file changed as we read it
            tar: ./var/log/app: File shrank by 12 bytes; padding with zeros
            tar: ./a: file changed as we read it.txt: file changed as we read it
            tail: file changed as we read it
            tar: ./gone: File removed before we read it

            """
        let broken = Array("tar: ./caf".utf8) + [0xE9] + Array(": file changed as we read it\n".utf8)
        let outcome = CaptureReading.outcome(Array(said.utf8) + broken)
        #expect(outcome.snapshots == ["/srv/my data"])
        #expect(outcome.changed == ["srv/my data/é.db", "var/log/app", "a: file changed as we read it.txt"])
        // The end of a name with a line break, and one that is no UTF-8.
        #expect(outcome.unnamed == ["tail", "tar: ./caf\u{FFFD}"])
    }

    @Test("a file that never stays the same is told of, and ends no capture")
    func tellsUnsteady() async throws {
        var again = TestTree()
        try again.file("var/lib/busy", "x")
        let changed = "tar: ./var/lib/busy: file changed as we read it\n"
        let tools = machine([(try TestTree.minimal().archive, changed, 0), (again.archive, changed, 0)])
        let result = try await capturer(tools).capture(target, as: "golden", source: "n1")
        #expect(result.unsteady == ["var/lib/busy"] && tools.calls.count == 5)
    }

    @Test("what fails leaves the older tree, and nothing half")
    func leavesOlder() async throws {
        let good = machine([(try TestTree.minimal().archive, "", 0)])
        _ = try await capturer(good).capture(target, as: "golden", source: "n1")
        let before = try Files.read(archive())
        let broken: [(archive: [UInt8], words: String, exitCode: Int32)] = [
            (Array(try TestTree.minimal().bytes.prefix(5000)), "", 0), ([UInt8](repeating: 0, count: 1024), "", 0),
            (try TestTree.minimal().archive, "tar: out of memory\u{1B}[2J\n", 2), ([], "no route\n", 255),
        ]
        for reading in broken {
            let error = await #expect(throws: MusterError.self) {
                try await capturer(machine([reading])).capture(target, as: "golden", source: "n1")
            }
            #expect(error?.description.contains("\u{1B}") == false)
            #expect(try Files.read(archive()) == before)
            #expect(!state.content().contains { $0.hasSuffix("capture.partial.tar") })
        }
    }
}
