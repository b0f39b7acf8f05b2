import Images
import LinuxSystem
import MusterBase
import TestSupport
import Testing

@Suite("image build")
struct ImageBuilderTests {
    let state: TemporaryDirectory
    let recipe: Recipe

    init() throws {
        state = try TemporaryDirectory()
        recipe = try Recipe.parse(
            Array((RecipeTests.smallest + "\nservices: {enable: [ssh]}\ncommands: [echo hello]").utf8), file: "r.yaml")
    }

    private func tools(mmdebstrap: @escaping ScriptedTools.Answer) -> ScriptedTools {
        ScriptedTools([
            "unshare": { _ in ScriptedTools.success },
            "apt-helper": { call in
                let day = call.arguments[1].contains("security") ? 3 : 2
                try Files.write("Date: Sat, \(day) Aug 2026 10:16:07 UTC\n", to: call.arguments[2])
                return ScriptedTools.success
            },
            "mmdebstrap": mmdebstrap,
        ])
    }

    private func output(of call: ScriptedTools.Call) -> String {
        call.arguments.first { $0.hasSuffix(".tar") && $0.hasPrefix("/") } ?? ""
    }

    /// Of the built tree, below the state directory.
    private func archive() throws -> String {
        String(try BuiltTree.archivePath(stateDirectory: state.path, name: "small").dropFirst(state.path.count + 1))
    }

    private func builder(_ tools: ScriptedTools) -> ImageBuilder {
        ImageBuilder(
            stateDirectory: state.path, tools: tools, aptDirectory: "\(state.path)/no-apt",
            temporaryDirectory: state.path)
    }

    @Test("mmdebstrap is told packages, kernel and repositories, and the newest date of these")
    func arguments() async throws {
        let tools = tools { call in
            try Files.write("tree", to: call.arguments.first { $0.hasSuffix("tree.partial.tar") } ?? "")
            return ScriptedTools.success
        }
        try await builder(tools).build(recipe)
        let call = try #require(tools.calls(of: "mmdebstrap").first)
        #expect(call.arguments.contains("--include=systemd,linux-image-cloud-amd64"))
        #expect(call.arguments.contains("--mode=unshare"))
        #expect(
            call.arguments.suffix(5) == [
                "bookworm", output(of: call),
                "deb http://deb.debian.org/debian bookworm main",
                "deb http://deb.debian.org/debian bookworm-updates main",
                "deb http://deb.debian.org/debian-security bookworm-security main",
            ])
        #expect(call.environment["SOURCE_DATE_EPOCH"] == "1785752167")
        #expect(
            state.content().filter { $0.hasPrefix("private/build/small/") } == [
                "private/build/small/.lock", "private/build/small/build.json", try archive(),
            ])
    }

    @Test("the recipe's services and commands reach the tree as a script that ends at the first failure")
    func script() async throws {
        let tools = tools { call in
            let hook = call.arguments.first { $0.hasPrefix("--customize-hook=tar-in ") } ?? ""
            let archive = try Files.readText(String(hook.split(separator: " ")[1]))
            #expect(archive.contains("set -eu\n"))
            #expect(archive.contains("systemctl enable 'ssh'\nset -x\necho hello\n"))
            try Files.write("tree", to: call.arguments.first { $0.hasSuffix("tree.partial.tar") } ?? "")
            return ScriptedTools.success
        }
        try await builder(tools).build(recipe)
        #expect(tools.calls(of: "mmdebstrap").count == 1)
    }

    @Test("the description names the tree: another build is another file, and the former goes when it is named no more")
    func named() async throws {
        var archives: [String] = []
        for text in ["first", "second"] {
            // Is the tree until the new one is named.
            let former = try? archive()
            let tools = tools { call in
                if let former { #expect(try Files.readText(self.state.path(former)) == "first") }
                try Files.write(text, to: self.output(of: call))
                return ScriptedTools.success
            }
            try await builder(tools).build(recipe)
            archives.append(try archive())
            #expect(try Files.readText(state.path(archive())) == text)
            #expect(state.content().filter { $0.hasSuffix(".tar") } == [try archive()])
        }
        #expect(archives[0] != archives[1])
    }

    @Test("a build that fails says why and leaves the former tree")
    func failure() async throws {
        try await builder(
            tools { call in
                try Files.write("first", to: call.arguments.first { $0.hasSuffix("tree.partial.tar") } ?? "")
                return ScriptedTools.success
            }
        ).build(recipe)
        let broken = tools { call in
            try Files.write("half", to: call.arguments.first { $0.hasSuffix("tree.partial.tar") } ?? "")
            return ScriptedTools.failure("E: unable to locate package systemd")
        }
        await #expect { try await builder(broken).build(recipe) } throws: {
            "\($0)".contains("building the image small: mmdebstrap failed with status 1: E: unable to locate package")
        }
        #expect(try Files.readText(state.path(archive())) == "first")
        #expect(!state.content().contains { $0.contains("partial") || $0.contains("files.tar") })
    }

    @Test("what a killed build left is removed by the next one, which writes under other names")
    func leftovers() async throws {
        let outputs = Recorder<String>()
        let temporary = Recorder<String>()
        let killed = tools { call in
            outputs.add(self.output(of: call))
            temporary.add(try #require(call.environment["TMPDIR"]))
            throw KilledHere()
        }
        // Killed: nothing that follows mmdebstrap is done. Its files are put back as they were at that moment.
        await #expect(throws: KilledHere.self) { try await builder(killed).build(recipe) }
        let (output, left) = (try #require(outputs.all.first), try #require(temporary.all.first))
        #expect(left.hasPrefix("\(state.path)/muster-build-"))
        #expect(state.content().suffix(2) == ["private/build/small", "private/build/small/.lock"])
        func name(_ path: String) -> String { String(path.dropFirst(state.path.count + 1)) }
        try state.write("half", to: name(output))
        try state.write("system", to: "\(name(left))/mmdebstrap.abc/bin/sh")
        try state.write(left, to: "private/build/small/.temporary")
        let tools = tools { call in
            outputs.add(self.output(of: call))
            #expect(!Files.exists(output) && !Files.exists(left))
            try Files.write("tree", to: self.output(of: call))
            return ScriptedTools.success
        }
        try await builder(tools).build(recipe)
        #expect(Set(outputs.all).count == 2)
        #expect(!state.content().contains { $0.hasPrefix("muster-build-") })
        #expect(
            state.content().suffix(4) == [
                "private/build/small", "private/build/small/.lock", "private/build/small/build.json", try archive(),
            ])
    }

    @Test("what cannot be removed is told at each build, until it can")
    func stubbornLeftover() async throws {
        let tools = tools { call in
            try Files.write("tree", to: self.output(of: call))
            return ScriptedTools.success
        }
        // Not one that a build makes: it is left alone.
        let foreign = "\(state.path)/other"
        try state.write("x", to: "other/file")
        try state.write(foreign, to: "private/build/small/.temporary-0123456789abcdef")
        for _ in 0..<2 {
            let lines = Recorder<String>()
            try await builder(tools).build(recipe) { lines.add($0) }
            #expect(lines.all.contains("what an earlier build left cannot be removed: \(foreign)"))
        }
        try FileTree.remove(foreign)
        let lines = Recorder<String>()
        try await builder(tools).build(recipe) { lines.add($0) }
        #expect(!lines.all.contains { $0.contains("cannot be removed") })
        #expect(!state.content().contains { $0.contains(".temporary") })
    }

    private struct KilledHere: Error {}

    @Test("a full disk is told as such")
    func fullDisk() async throws {
        let tools = tools { _ in ScriptedTools.failure("dpkg: error: No space left on device") }
        await #expect { try await builder(tools).build(recipe) } throws: { ($0 as? MusterError)?.code == .exhausted }
    }

    @Test("a repository that does not answer is told by its address")
    func unreachable() async throws {
        let tools = ScriptedTools(["apt-helper": { _ in ScriptedTools.failure("Could not connect") }])
        await #expect { try await builder(tools).build(recipe) } throws: {
            ($0 as? MusterError)?.code == .unavailable
                && "\($0)".contains("http://deb.debian.org/debian-security/dists/bookworm-security/InRelease")
        }
    }

    @Test("a suite that the repository does not have is told as such")
    func noSuite() async throws {
        let tools = ScriptedTools([
            "apt-helper": { _ in
                ScriptedTools.failure("E: Failed to fetch http://h/dists/x/InRelease  404  Not Found [IP: 10.0.0.1 80]")
            }
        ])
        await #expect { try await builder(tools).build(recipe) } throws: {
            ($0 as? MusterError)?.code == .notFound && "\($0)".contains("check the suite")
        }
    }
}
