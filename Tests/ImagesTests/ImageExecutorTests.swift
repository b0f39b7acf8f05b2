import DiskFormats
import Foundation
import Images
import LinuxSystem
import MusterBase
import TestSupport
import Testing

@Suite("image exec")
struct ImageExecutorTests {
    let state: TemporaryDirectory
    let directory: String
    let old: [UInt8]

    init() throws {
        state = try TemporaryDirectory()
        directory = "\(state.path)/private/build/small"
        var tree = try TestTree.minimal()
        try tree.add("./dev", .directory, permissions: 0o755)
        try tree.add("./dev/null", .characterDevice, permissions: 0o666)
        try tree.file("etc/motd", "old")
        old = tree.archive
        try Files.createDirectory(directory)
        try Files.write(old, to: "\(directory)/tree.tar")
        try Files.write(
            """
            {"name": "small", "recipe_digest": "sha256:\(String(repeating: "ab", count: 32))",
             "distribution": "debian", "suite": "bookworm", "architecture": "x86_64",
             "created": "2026-08-01T10:16:07Z", "sources": []}
            """, to: "\(directory)/build.json")
    }

    /// The tree as it comes out of the container: without device nodes.
    private func tree(motd: String) throws -> [UInt8] {
        var tree = try TestTree.minimal()
        try tree.add("./dev", .directory, permissions: 0o755)
        try tree.file("etc/motd", motd)
        return tree.archive
    }

    private let ended = Recorder<[String]>()
    private let environments = Recorder<[String: String]>()

    private func tools(packed: [UInt8], namespaces: Bool = true) -> ScriptedTools {
        ScriptedTools { call in
            if call.tool == "bwrap" || call.arguments.last == "true" {
                return namespaces || call.tool == "bwrap" ? ScriptedTools.success : ScriptedTools.failure("no")
            }
            let words = call.arguments
            if words.contains("--create"), let place = words.firstIndex(of: "--file") {
                try Files.write(packed, to: words[place + 1])
            }
            return ScriptedTools.success
        }
    }

    private func execute(
        _ tools: ScriptedTools, exitCode: Int32 = 0, _ change: (inout ImageExecutor.Request) -> Void = { _ in }
    ) async throws -> ImageExecutor.Result {
        var request = ImageExecutor.Request(command: ["touch", "/etc/motd"])
        change(&request)
        let (ended, environments) = (ended, environments)
        let executor = ImageExecutor(
            stateDirectory: state.path, tools: tools, temporaryDirectory: state.path,
            clock: WallClock { Timestamp(seconds: 1_800_000_000) },
            foreground: { tool, arguments, environment in
                ended.add([tool.name] + arguments)
                environments.add(environment)
                return exitCode
            })
        return try await executor.execute("small", request)
    }

    private func json() throws -> [String: Any] {
        let bytes = Data(try Files.read("\(directory)/build.json"))
        return try #require(try JSONSerialization.jsonObject(with: bytes) as? [String: Any])
    }

    private func content(_ path: String) throws -> String? {
        let name = try json()["archive"] as? String ?? "tree.tar"
        let tree = try TreeArchive("\(directory)/\(name)")
        return try tree.entries.first { $0.path == path }.map {
            String(decoding: try tree.content(of: $0), as: UTF8.self)
        }
    }

    private func archives() throws -> [String] { try Files.names(in: directory).filter { $0.hasSuffix(".tar") } }

    @Test("what a command changed takes the place of the tree, and is told as a change by hand")
    func changed() async throws {
        let result = try await execute(tools(packed: tree(motd: "new")))
        #expect(result.exitCode == 0 && result.outcome == .changed)
        #expect(try content("etc/motd") == "new")
        let changes = try #require(try json()["changes"] as? [[String: Any]])
        #expect(changes.count == 1)
        #expect(changes[0]["command"] as? [String] == ["touch", "/etc/motd"])
        #expect(changes[0]["exit_code"] as? Int == 0)
        #expect(try archives().count == 1)
        #expect(!state.content().contains { $0.contains("muster-build-") || $0.contains(".building") })
        // A second change is told after the first.
        _ = try await execute(tools(packed: tree(motd: "newer")))
        #expect(try content("etc/motd") == "newer")
        #expect((try json()["changes"] as? [Any])?.count == 2)
        #expect(try archives().count == 1)
    }

    @Test("device nodes, which no user namespace can have, are there again")
    func devices() async throws {
        _ = try await execute(tools(packed: tree(motd: "new")))
        let name = try #require(try json()["archive"] as? String)
        let entries = try TreeArchive("\(directory)/\(name)").entries.filter { $0.path.hasPrefix("dev") }
        #expect(entries.map(\.path) == ["dev", "dev/null"])
        #expect(entries.last?.header.kind == .characterDevice && entries.last?.header.permissions == 0o666)
    }

    @Test("a command that fails gives its code, and changes nothing", arguments: [1, 42, 143])
    func failed(_ code: Int32) async throws {
        let result = try await execute(tools(packed: tree(motd: "new")), exitCode: code)
        #expect(result.exitCode == code && result.outcome == .discarded)
        #expect(try Files.read("\(directory)/tree.tar") == old)
        #expect(try json()["changes"] == nil)
    }

    @Test("a failed command's changes are kept when asked for, and its code with them")
    func keptFailure() async throws {
        let result = try await execute(tools(packed: tree(motd: "new")), exitCode: 3) { $0.keepsFailed = true }
        #expect(result.exitCode == 3 && result.outcome == .changed)
        #expect(try content("etc/motd") == "new")
        #expect((try json()["changes"] as? [[String: Any]])?.first?["exit_code"] as? Int == 3)
    }

    @Test("changes are thrown away when asked for")
    func discarded() async throws {
        let result = try await execute(tools(packed: tree(motd: "new"))) { $0.discards = true }
        #expect(result.outcome == .discarded)
        #expect(try Files.read("\(directory)/tree.tar") == old)
    }

    @Test("a command that changed nothing leaves no trace")
    func unchanged() async throws {
        let result = try await execute(tools(packed: tree(motd: "old")))
        #expect(result.outcome == .unchanged)
        #expect(try archives() == ["tree.tar"])
        #expect(try json()["changes"] == nil)
    }

    @Test("when the changed tree cannot be written, the old one stays")
    func fullDisk() async throws {
        let tools = ScriptedTools { call in
            call.arguments.contains("--create")
                ? ScriptedTools.failure("No space left on device") : ScriptedTools.success
        }
        await #expect(throws: MusterError.self) { _ = try await execute(tools) }
        #expect(try Files.read("\(directory)/tree.tar") == old)
        #expect(try json()["archive"] == nil)
        #expect(!state.content().contains { $0.contains("muster-build-") || $0.contains(".building") })
    }

    @Test("what a killed run left beside the tree is removed")
    func leftovers() async throws {
        try state.write("half", to: "private/build/small/tree-0123456789abcdef.tar")
        _ = try await execute(tools(packed: tree(motd: "old")))
        #expect(try archives() == ["tree.tar"])
    }

    @Test(
        "the container has the image's name, the tree as root, and what is shown to it; in a user namespace of many users"
    )
    func container() async throws {
        try state.write("x", to: "drivers/file")
        let bind = try BindMount("drivers:/mnt:ro", currentDirectory: state.path)
        _ = try await execute(tools(packed: tree(motd: "old"))) {
            $0.binds = [bind]
            $0.environment = ["TERM": "xterm", "http_proxy": "http://ann:secret@proxy:3128"]
            $0.command = []
        }
        let call = try #require(ended.all.first)
        #expect(Array(call.prefix(5)) == ["unshare", "--user", "--map-root-user", "--map-auto", "--"])
        func follows(_ words: String...) -> Bool {
            call.indices.contains { call[$0...].starts(with: words) }
        }
        #expect(follows("--hostname", "small"))
        #expect(follows("--unshare-pid") && follows("--unshare-uts") && follows("--unshare-ipc"))
        #expect(follows("--die-with-parent"))
        #expect(follows("--ro-bind", "\(state.path)/drivers", "/mnt"))
        // Not on the command line, which all users of the host can read.
        #expect(!call.contains { $0.contains("secret") || $0 == "--setenv" })
        let environment = try #require(environments.all.first)
        #expect(environment["TERM"] == "xterm" && environment["HISTFILE"] == "/dev/null")
        #expect(environment["http_proxy"] == "http://ann:secret@proxy:3128")
        #expect(environment["PATH"]?.hasSuffix(":/sbin:/bin") == true && environment["HOME"] == "/root")
        #expect(call.contains { $0.hasPrefix("\(state.path)/muster-build-") && $0.hasSuffix("/tree") })
        #expect(call.suffix(2) == ["--", "/bin/sh"])
    }

    @Test(
        "what names no place to show is refused",
        arguments: ["", ":/mnt", "a:b", "a:/mnt:rx", "a:/mnt/../etc", "a:/", "a:/b:ro:x"])
    func badBind(_ text: String) {
        #expect(throws: MusterError.self) { _ = try BindMount(text, currentDirectory: "/here") }
    }

    @Test("a tree with labels that only root can keep is refused without root, and left as it is")
    func labels() async throws {
        var tree = try TestTree.minimal()
        try tree.add(
            "./bin", .file, records: [.init(key: "SCHILY.xattr.security.selinux", value: Array("system_u".utf8))])
        try Files.write(tree.archive, to: "\(directory)/tree.tar")
        await #expect {
            _ = try await execute(tools(packed: old))
        } throws: { "\($0)".contains("bin in the tree has the attribute security.selinux, which only root can keep") }
        #expect(ended.all.isEmpty)
    }

    @Test("an image without a tree says how to get one")
    func noTree() async throws {
        try Files.remove("\(directory)/build.json")
        await #expect { _ = try await execute(tools(packed: old)) } throws: { "\($0)".contains("muster image build") }
    }
}
