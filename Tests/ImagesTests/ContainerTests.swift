import DeploymentModel
import DiskFormats
import Foundation
import Images
import LinuxSystem
import MusterAPI
import MusterBase
import TestSupport
import Testing

@Suite("container images")
struct ContainerTests {
    /// What a merge of layers gives, by path: the kind and the content, or where a link points.
    private func merged(_ layers: [TestTree]) throws -> [String: String] {
        let directory = try TemporaryDirectory()
        var merge = LayerMerge()
        var archives: [TreeArchive] = []
        for (index, layer) in layers.enumerated() {
            try directory.write(layer.archive, to: "\(index)")
            archives.append(try TreeArchive(directory.path("\(index)")))
            try merge.add(archives[index].entries)
        }
        var found: [String: String] = [:]
        try merge.writeAll { header, _, piece in
            switch header.kind {
            case .directory: found[header.path] = "directory"
            case .symbolicLink: found[header.path] = "-> \(header.linkTarget)"
            case .hardLink: found[header.path] = "= \(header.linkTarget)"
            default:
                let content = try piece.map { try archives[$0.layer].content(of: $0.entry) } ?? []
                found[header.path] = String(decoding: content, as: UTF8.self)
            }
        }
        return found
    }

    private func layer(_ make: (inout TestTree) throws -> Void) throws -> TestTree {
        var tree = TestTree()
        try make(&tree)
        return tree
    }

    @Test("a later layer replaces and adds, and its whiteouts take away what is below them and nothing of its own")
    func whiteouts() throws {
        let below = try layer { tree in
            try tree.directory("etc")
            try tree.file("etc/kept", "1")
            try tree.file("etc/changed", "1")
            try tree.file("etc/gone", "1")
            try tree.directory("opt")
            try tree.file("opt/old/file", "1")
            try tree.file("srv/tree/file", "1")
        }
        let above = try layer { tree in
            try tree.file("etc/changed", "2")
            try tree.file("etc/.wh.gone", "")
            try tree.file("etc/.wh.never-there", "")
            try tree.file("opt/new", "2")
            try tree.file("opt/.wh..wh..opq", "")
            try tree.file("srv/.wh.tree", "")
            try tree.file("srv/tree", "now a file")
            try tree.file(".wh..wh.plnk", "")
        }
        #expect(
            try merged([below, above]) == [
                "etc": "directory", "etc/kept": "1", "etc/changed": "2", "opt": "directory", "opt/new": "2",
                "srv": "directory", "srv/tree": "now a file",
            ])
    }

    @Test("links stay links, and what a layer puts behind one goes where it leads within the tree")
    func links() throws {
        let below = try layer { tree in
            try tree.directory("usr/lib")
            try tree.add("lib", .symbolicLink, link: "/usr/lib")
            try tree.add("up", .symbolicLink, link: "../../../usr")
            try tree.file("usr/lib/a", "1")
            try tree.add("usr/lib/b", .hardLink, link: "usr/lib/a")
        }
        let above = try layer { tree in
            try tree.file("lib/c", "2")
            try tree.file("up/d", "3")
            // The other name keeps what both had.
            try tree.file("usr/lib/a", "new")
        }
        #expect(
            try merged([below, above]) == [
                "usr": "directory", "usr/lib": "directory", "lib": "-> /usr/lib", "up": "-> ../../../usr",
                "usr/lib/a": "new", "usr/lib/b": "1", "usr/lib/c": "2", "usr/d": "3",
            ])
        #expect(try merged([below])["usr/lib/b"] == "= usr/lib/a")
    }

    @Test("layers that cannot be a file system are refused")
    func hostile() throws {
        let layers: [(inout TestTree) throws -> Void] = [
            { try $0.file("a/../../etc/passwd", "x") },
            { try $0.add("a", .hardLink, link: "../etc/passwd") },
            { try $0.add("a", .hardLink, link: "nothing") },
            { tree in
                try tree.file("file", "x")
                try tree.file("file/below", "x")
            },
            { tree in
                try tree.add("round", .symbolicLink, link: "round")
                try tree.file("round/below", "x")
            },
        ]
        for (index, make) in layers.enumerated() {
            #expect(caughtError { _ = try merged([try layer(make)]) }?.code == .malformed, "\(index)")
        }
    }

    // MARK: Archives

    /// An archive with one image of these layers, plain or compressed.
    private func archive(
        _ layers: [TestTree], compressed: Bool = false, change: (inout [String: [UInt8]]) -> Void = { _ in }
    ) async throws -> [UInt8] {
        var blobs: [String: [UInt8]] = [:]
        func descriptor(_ type: String, _ content: [UInt8]) throws -> String {
            let digest = try FileDigest.of(content)
            blobs["blobs/sha256/\(digest.hex)"] = content
            return "{\"mediaType\":\"\(type)\",\"digest\":\"\(digest)\",\"size\":\(content.count)}"
        }
        var listed: [String] = []
        for layer in layers {
            let content = compressed ? try await gzipped(layer.archive) : layer.archive
            let type = "application/vnd.oci.image.layer.v1.tar" + (compressed ? "+gzip" : "")
            listed.append(try descriptor(type, content))
        }
        let identifiers = try layers.map { "\"\(try FileDigest.of($0.archive))\"" }.joined(separator: ",")
        let configuration = """
            {"created":"2026-02-03T04:05:06.789Z","architecture":"amd64","os":"linux","config":{},\
            "rootfs":{"type":"layers","diff_ids":[\(identifiers)]}}
            """
        let config = try descriptor("application/vnd.oci.image.config.v1+json", Array(configuration.utf8))
        let manifest = "{\"schemaVersion\":2,\"config\":\(config),\"layers\":[\(listed.joined(separator: ","))]}"
        let entry = try descriptor("application/vnd.oci.image.manifest.v1+json", Array(manifest.utf8))
        blobs["index.json"] = Array("{\"schemaVersion\":2,\"manifests\":[\(entry)]}".utf8)
        blobs["oci-layout"] = Array("{\"imageLayoutVersion\":\"1.0.0\"}".utf8)
        change(&blobs)
        var tree = TestTree()
        for (path, content) in blobs.sorted(by: { $0.key < $1.key }) { try tree.add(path, .file, content: content) }
        return tree.archive
    }

    private func gzipped(_ octets: [UInt8]) async throws -> [UInt8] {
        try await SystemToolRunner().check(
            .gzip, ["-n", "-c"], ToolOptions(standardInput: octets), doing: "compressing"
        ).standardOutput
    }

    private func build(_ octets: [UInt8], in state: String) async throws {
        try Files.write(octets, to: "\(state)/image.tar")
        _ = try await ContainerBuilder(stateDirectory: state, tools: SystemToolRunner()).build(
            "web", from: "\(state)/image.tar", architecture: "x86_64")
    }

    @Test("a container image becomes a tree that is packed as any other", arguments: [false, true])
    func built(compressed: Bool) async throws {
        try await withTemporaryDirectory { state in
            var long = try TestTree.minimal()
            let path = (0..<30).map { "directory-\($0)" }.joined(separator: "/")
            try long.add(
                "x", .file, content: Array("deep".utf8),
                records: [.init(key: "path", value: Array("\(path)/file".utf8))])
            let above = try layer { try $0.file("etc/os-release", "ID=web\nVERSION_ID=3\n") }
            try await build(try await archive([long, above], compressed: compressed), in: state)
            let tree = try TreeArchive(BuiltTree.archivePath(stateDirectory: state, name: "web"))
            #expect(tree.entries.contains { $0.path == "\(path)/file" && $0.header.size == 4 })
            #expect(!(try Files.names(in: "\(state)/private/build/web")).contains { $0.hasPrefix(".building") })
            let packed = try await ImagePacker(stateDirectory: state, tools: SystemToolRunner())
                .pack("web", options: .init(person: "ann", time: Timestamp(seconds: 5)), sign: { _ in [] })
            #expect(packed.manifest.distribution == "web" && packed.manifest.architecture == "x86_64")
            #expect(packed.manifest.created.description.hasPrefix("2026-02-03T04:05:06"))
            let entry = try ImageHistories(privateDirectory: "\(state)/private").history(of: "web").entry(1)
            #expect(entry?.packedBy == "ann" && entry?.packedAt == Timestamp(seconds: 5))
            #expect(entry?.recipeDigest == packed.manifest.recipeDigest)
            #expect(entry?.sources.first?.hasPrefix("oci-archive image.tar sha256:") == true)
        }
    }

    @Test(
        "the packages of an image of rpm are listed in a sandbox; without, they are not known, and the tree is there",
        .enabled(if: Tool.rpm.installedPath != nil && Tool.rm.installedPath != nil), arguments: [true, false])
    func packages(isListed: Bool) async throws {
        try await withTemporaryDirectory { state in
            var tree = TestTree()
            try tree.file("usr/lib/sysimage/rpm/rpmdb.sqlite", "list")
            try Files.write(try await archive([tree]), to: "\(state)/image.tar")
            let tools = ScriptedTools { call in
                guard let place = call.arguments.firstIndex(of: "--dbpath") else { return ScriptedTools.success }
                #expect(call.arguments.contains("--unshare-net"))
                let list = try Files.readText("\(call.arguments[place + 1])/rpmdb.sqlite")
                #expect(list == "list")
                guard isListed else { return ScriptedTools.failure("error: cannot open Packages database") }
                return ToolResult(exitCode: 0, standardOutput: Array("bash\t5.1-9\tx86_64\n".utf8), standardError: [])
            }
            let said = Recorder<String>()
            _ = try await ContainerBuilder(stateDirectory: state, tools: tools).build(
                "web", from: "\(state)/image.tar", architecture: "x86_64", progress: { said.add($0) })
            let description = try Files.readText("\(state)/private/build/web/build.json")
            #expect(description.contains("5.1-9") == isListed)
            #expect(said.all.contains { $0.contains("the packages cannot be listed") } == !isListed)
        }
    }

    @Test("a layer that unpacks to more than there is room for is refused before the disk is full")
    func unpacksTooMuch() async throws {
        try await withTemporaryDirectory { state in
            var tree = try TestTree.minimal()
            try tree.add("zeros", .file, content: [UInt8](repeating: 0, count: 4 << 20))
            for compressed in [false, true] {
                try Files.write(try await archive([tree], compressed: compressed), to: "\(state)/image.tar")
                // 2 MiB are free at first.
                let reserve = DiskReserve(freeSpace: { directory in
                    let used = try Files.names(in: directory).reduce(0) { $0 + (Files.size("\(directory)/\($1)") ?? 0) }
                    return (256 << 20) + (2 << 20) - used
                })
                let builder = ContainerBuilder(stateDirectory: state, tools: SystemToolRunner(), reserve: reserve)
                let error = await awaitedError {
                    _ = try await builder.build("web", from: "\(state)/image.tar", architecture: "x86_64")
                }
                #expect(error?.code == .exhausted, "\(compressed)")
                #expect(error?.message.contains("256 are to stay so") == true)
                #expect(try Files.names(in: "\(state)/private/build/web") == [".lock"])
            }
        }
    }

    @Test("an archive whose content is not what its digests say is refused, and the old tree stays")
    func damaged() async throws {
        try await withTemporaryDirectory { state in
            let tree = try TestTree.minimal()
            try await build(try await archive([tree]), in: state)
            let before = try Files.read(BuiltTree.archivePath(stateDirectory: state, name: "web"))
            let good = try await archive([tree])
            let blobs = try {
                let directory = try TemporaryDirectory()
                try directory.write(good, to: "a")
                return try TreeArchive(directory.path("a")).entries.map(\.path).filter { $0.hasPrefix("blobs") }
            }()
            #expect(blobs.count == 3)
            for blob in blobs {
                let changed = try await archive([tree]) { $0[blob]?[20] ^= 1 }
                #expect(await awaitedError { try await build(changed, in: state) }?.code == .verificationFailed)
                let shorter = try await archive([tree]) { $0[blob]?.removeLast() }
                #expect(await awaitedError { try await build(shorter, in: state) }?.code == .verificationFailed)
                let missing = try await archive([tree]) { $0[blob] = nil }
                #expect(await awaitedError { try await build(missing, in: state) }?.code == .notFound)
            }
            let none = await awaitedError { try await build(tree.archive, in: state) }
            #expect(none?.description.contains("no archive of an OCI image") == true)
            #expect(try Files.read(BuiltTree.archivePath(stateDirectory: state, name: "web")) == before)
        }
    }
}
