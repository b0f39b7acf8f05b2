import LinuxSystem
import Media
import MediaImport
import MusterBase
import Synchronization
import TestSupport
import Testing

@Suite("media from the network")
struct DownloadTests {
    static let address = "https://mirror.example/debian/netboot.tar.gz"

    /// curl and the server behind it.
    final class Server: Sendable {
        private struct State {
            var content: [UInt8]
            var tag: String
            var cutAfter: Int?
            /// Where transfers began.
            var offsets: [Int] = []
        }

        private let state: Mutex<State>

        init(_ content: [UInt8], tag: String = "\"one\"") { state = Mutex(State(content: content, tag: tag)) }

        func change(_ content: [UInt8], tag: String) {
            state.withLock { ($0.content, $0.tag) = (content, tag) }
        }

        func cut(after count: Int?) { state.withLock { $0.cutAfter = count } }
        var offsets: [Int] { state.withLock { $0.offsets } }

        var tools: ScriptedTools {
            ScriptedTools(["curl": { [self] call in try answer(call) }])
        }

        private func answer(_ call: ScriptedTools.Call) throws -> ToolResult {
            let (content, tag, cut) = state.withLock { ($0.content, $0.tag, $0.cutAfter) }
            if call.arguments.contains("--head") {
                let text = """
                    HTTP/1.1 302 Found\r
                    Content-Length: 1\r
                    Location: https://other.example/\r
                    \r
                    HTTP/2 200 \r
                    content-length: \(content.count)\r
                    etag: \(tag)\r
                    \r

                    """
                return ToolResult(exitCode: 0, standardOutput: Array(text.utf8), standardError: [])
            }
            guard let flag = call.arguments.firstIndex(of: "--output") else {
                return ScriptedTools.failure("where to?")
            }
            let path = call.arguments[flag + 1]
            let present = (try? Files.read(path)) ?? []
            state.withLock { $0.offsets.append(present.count) }
            let end = min(content.count, cut ?? content.count)
            try Files.write(present + content[min(present.count, end)..<end], to: path)
            return cut == nil
                ? ScriptedTools.success : ScriptedTools.failure("curl: (18) transfer closed", exitCode: 18)
        }
    }

    private func archive(_ medium: TestMedium) throws -> [UInt8] {
        try TestArchive.netboot(medium.path("netboot.tar.gz"), .tarGzip)
        return try Files.read(medium.path("netboot.tar.gz"))
    }

    private func downloads(_ medium: TestMedium) -> [String] {
        (try? Files.names(in: "\(medium.store.directory)/.downloads")) ?? []
    }

    @Test("an address is fetched, imported, and what was fetched is removed")
    func fetched() async throws {
        var medium = try TestMedium()
        let server = Server(try archive(medium))
        medium.tools = server.tools
        let record = try await medium.run(Self.address).record
        #expect(record.name == "debian-13-netboot-amd64" && record.source == "netboot.tar.gz")
        #expect(downloads(medium).isEmpty)
    }

    @Test("from https it never goes to anything else, and nothing of the user's configuration counts")
    func arguments() async throws {
        var medium = try TestMedium()
        let tools = Server(try archive(medium)).tools
        medium.tools = tools
        try await medium.run(Self.address)
        #expect(tools.calls.count == 2)
        for call in tools.calls {
            #expect(call.arguments.first == "--disable")
            #expect(String(decoding: call.input, as: UTF8.self) == "url = \"\(Self.address)\"\n")
            let place = try #require(call.arguments.firstIndex(of: "--proto-redir"))
            #expect(call.arguments[place + 1] == "=https")
        }
    }

    @Test("what is behind the question mark is seen neither in a program's arguments nor in an error")
    func secret() async throws {
        var medium = try TestMedium()
        let address = #"https://mirror.example/netboot.tar.gz?sig="se\cret""#
        let tools = Server(try archive(medium)).tools
        medium.tools = tools
        #expect(try await medium.run(address).record.source == "netboot.tar.gz")
        for call in tools.calls {
            #expect(!call.arguments.contains { $0.contains("sig=") })
            #expect(
                String(decoding: call.input, as: UTF8.self)
                    == #"url = "https://mirror.example/netboot.tar.gz?sig=\"se\\cret\"""# + "\n")
        }
        for exitCode in [Int32(6), 22, 63] {
            medium.tools = ScriptedTools { _ in ScriptedTools.failure("curl: \(address) 404", exitCode: exitCode) }
            let error = try #require(await awaitedError { try await medium.run(address) })
            #expect("\(error)".contains("https://mirror.example/netboot.tar.gz"))
            #expect(!"\(error)".contains("sig="), "\(error)")
        }
    }

    @Test("what was interrupted goes on where it stopped")
    func resumed() async throws {
        var medium = try TestMedium()
        let server = Server(try archive(medium))
        medium.tools = server.tools
        server.cut(after: 100)
        let error = await awaitedError { try await medium.run(Self.address) }
        #expect(error?.code == .unavailable && error?.advice?.contains("goes on") == true)
        #expect(medium.visible.isEmpty && downloads(medium).count == 1)
        server.cut(after: nil)
        #expect(try await medium.run(Self.address).isNew)
        #expect(server.offsets == [0, 100])
    }

    @Test("a file that changed on the server meanwhile is fetched anew")
    func changed() async throws {
        var medium = try TestMedium()
        let content = try archive(medium)
        let server = Server([UInt8](repeating: 9, count: 5000))
        medium.tools = server.tools
        server.cut(after: 200)
        _ = await awaitedError { try await medium.run(Self.address) }
        server.change(content, tag: "\"two\"")
        server.cut(after: nil)
        #expect(try await medium.run(Self.address).isNew)
        #expect(server.offsets == [0, 0])
    }

    @Test("what turns out to be no medium is not kept")
    func useless() async throws {
        var medium = try TestMedium()
        medium.tools = Server(Array("<html>Not the file that you wanted".utf8)).tools
        #expect(await awaitedError { try await medium.run(Self.address) }?.code == .unsupported)
        #expect(downloads(medium).isEmpty && medium.visible.isEmpty)
    }

    @Test("a file for which there is no room is not begun")
    func room() async throws {
        var medium = try TestMedium()
        let server = Server([UInt8](repeating: 9, count: 4 << 20))
        medium.tools = server.tools
        medium.limits = MediaLimits(reserve: 1 << 20) { _ in 2 << 20 }
        #expect(await awaitedError { try await medium.run(Self.address) }?.code == .exhausted)
        #expect(server.offsets.isEmpty)
    }

    @Test(
        "what is no address of a file is refused before anything is fetched",
        arguments: [
            "ftp://mirror.example/a.iso", "https://user:password@mirror.example/a.iso", "https://mirror.example/",
            "https://mirror.example", "https:///a.iso", "file:///etc/passwd", "https://mirror.example/a b.iso",
            "https://mirror.example/a.iso\n--output", "https://mirror.example/..",
            "https://mirror.example/?password",
        ])
    func refused(address: String) async throws {
        var medium = try TestMedium()
        let tools = ScriptedTools([:])
        medium.tools = tools
        let error = await awaitedError { try await medium.run(address) }
        #expect(error?.code == .invalidInput && error.map { !"\($0)".contains("word@") } == true)
        #expect(error?.message.contains("?password") == false)
        #expect(tools.calls.isEmpty)
    }
}
