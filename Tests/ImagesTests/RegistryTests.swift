import DeploymentModel
import Images
import LinuxSystem
import MusterAPI
import MusterBase
import TestSupport
import Testing

@Suite("the registry of images")
struct RegistryTests {
    let state: TemporaryDirectory
    var store: ImageStore { ImageStore(directory: "\(state.path)/images") }
    private let time = Timestamp(seconds: 1_700_000_000)

    init() throws { state = try TemporaryDirectory() }

    /// A version whose root is of chunks that are texts, which lie in the store.
    @discardableResult
    private func add(
        _ version: Int, _ chunks: [String], packages: [ImageManifest.Package] = [], name: String = "web"
    ) throws -> ImageManifest {
        var listed: [ImageManifest.Chunk] = []
        for text in chunks {
            let digest = try FileDigest.of(Array(text.utf8))
            try Files.createDirectory(FilePathText.parent(of: store.chunks.path(digest)))
            try Files.write(text, to: store.chunks.path(digest))
            listed.append(.init(size: text.utf8.count, digest: digest))
        }
        let manifest = ImageManifest(
            name: name, version: version, architecture: "x86_64", distribution: "debian", distributionVersion: "12",
            created: time, kernelRelease: "6.1", recipeDigest: try FileDigest.of([]), files: [],
            root: .init(
                size: listed.reduce(0) { $0 + Int64($1.size) }, digest: try FileDigest.of([]), chunks: listed),
            parent: nil, packages: packages, minimalMemory: 0)
        try Files.createDirectory(store.path(manifest.reference))
        try Files.write(try MusterJSON.encode(manifest), to: store.manifestPath(manifest.reference))
        return manifest
    }

    private func package(_ name: String, _ version: String) -> ImageManifest.Package {
        .init(name: name, version: version, architecture: "amd64")
    }

    // MARK: The order of a boot

    @Test(
        "the newest order of a version is kept with its manifest's digest, and what is no order of its chunks is refused"
    )
    func bootOrder() throws {
        let manifest = try add(1, ["a", "b", "c"])
        try store.keepBootOrder([2, 0], of: manifest.reference)
        try store.keepBootOrder([1], of: manifest.reference)
        let path = store.bootOrderPath(manifest.reference)
        let kept = try MusterJSON.decode(BootOrder.self, from: Files.read(path), of: path)
        #expect(kept.order == [1])
        #expect(try kept.manifest == FileDigest.of(store.manifestBytes(manifest.reference)))
        for wrong in [[], [3], [-1], [0, 0], [0, 1, 2, 0]] {
            let error = #expect(throws: MusterError.self) {
                try store.keepBootOrder(wrong, of: manifest.reference)
            }
            #expect(error?.code == .invalidInput, "\(wrong)")
        }
        let absent = try #require(ImageReference("web@2"))
        #expect(throws: MusterError.self) { try store.keepBootOrder([0], of: absent) }
        #expect(try MusterJSON.decode(BootOrder.self, from: Files.read(path), of: path).order == [1])
    }

    // MARK: Channels

    @Test("a channel goes to a version, back to the one before, and back once more; its history stays")
    func channels() throws {
        var channels = ImageChannels()
        var isMoved: [Bool] = []
        for (channel, version) in [
            ("production", 3), ("production", 5), ("production", 5), ("production", 6), ("test", 7),
        ] {
            isMoved.append(channels.promote(channel, to: version, at: time, by: "ann"))
        }
        #expect(isMoved == [true, true, false, true, true])
        #expect(channels.versions == ["production": 6, "test": 7])
        var back: [Int?] = []
        for _ in 0..<3 { back.append(channels.rollBack("production", at: time, by: "bob")) }
        back.append(channels.rollBack("nothing", at: time, by: "bob"))
        #expect(back == [5, 3, nil, nil])
        _ = channels.promote("production", to: 8, at: time, by: "ann")
        #expect(channels.earlier("production") == [3])
        #expect(channels.moves.map(\.version) == [3, 5, 6, 7, 5, 3, 8])
        #expect(channels.moves.last?.from == 3 && channels.moves.last?.by == "ann")
    }

    @Test("channels are kept beside the versions, and a change that fails changes nothing")
    func keptChannels() throws {
        try add(1, ["a"])
        try store.changeChannels(of: "web") { _ = $0.promote("test", to: 1, at: time, by: "ann") }
        #expect(throws: MusterError.self) {
            try store.changeChannels(of: "web") { channels in
                _ = channels.promote("test", to: 2, at: time, by: "ann")
                throw MusterError(.notFound, "no")
            }
        }
        #expect(try store.channels(of: "web").versions == ["test": 1])
        #expect(try store.versions(of: "web") == [1])
    }

    @Test("names of channels", arguments: ["latest", "7", "Prod", "", "-a", "a b", "../x", "chunks"])
    func names(name: String) {
        #expect(!ImageChannels.isValidName(name))
        #expect(ImageChannels.isValidName("pre-production"))
    }

    // MARK: Differences

    @Test("a difference names packages that came, went and changed, and what is to be fetched")
    func difference() throws {
        let old = try add(1, ["same", "old part", "same"], packages: [package("bash", "5.1"), package("gone", "1")])
        let new = try add(2, ["new", "same", "new"], packages: [package("bash", "5.0"), package("come", "2")])
        let difference = ImageDifference(old, new)
        #expect(difference.packages.map(\.name) == ["bash", "come", "gone"])
        #expect(difference.packages.map(\.from) == ["5.1", nil, "1"])
        #expect(difference.packages.map(\.to) == ["5.0", "2", nil])
        #expect(difference.packages.map(\.isOlder) == [true, false, false])
        #expect(difference.fetched == 3 && difference.whole == 7 && difference.rootGrowth == -6)
    }

    @Test("of a package in several versions at a time only those that changed are told")
    func severalVersions() throws {
        let old = try add(1, [], packages: [package("kernel", "1"), package("kernel", "2")])
        let new = try add(2, [], packages: [package("kernel", "2"), package("kernel", "3")])
        #expect(ImageDifference(old, new).packages.map { [$0.from, $0.to] } == [["1", "3"]])
        #expect(ImageDifference(new, new).packages.isEmpty)
    }

    @Test("a version lacks a fix when its package is older, and a package when it is not there")
    func missing() throws {
        let manifest = try add(1, [], packages: [package("openssl", "3.0.14-1")])
        func lack(_ text: String) throws -> String? {
            MissingPackages(try #require(PackageRequirement(text))).lack(in: manifest)
        }
        #expect(try lack("openssl>=3.0.15") == "3.0.14-1")
        #expect(try lack("openssl>=3.0.14") == nil)
        #expect(try lack("nginx>=1") == nil)
        #expect(try lack("nginx") == "not installed")
        // One of which nothing is known passes for nothing.
        let unknown = try add(2, [], packages: [])
        for text in ["openssl>=3.0.15", "nginx"] {
            let requirement = try #require(PackageRequirement(text))
            #expect(MissingPackages(requirement).lack(in: unknown) == "not known")
        }
    }

    // MARK: Removing what is not needed

    @Test("versions that nothing names go, and chunks with the last version that names them")
    func collect() async throws {
        for version in 1...5 { try add(version, ["common", "only \(version)"]) }
        try store.changeChannels(of: "web") { channels in
            _ = channels.promote("production", to: 1, at: time, by: "ann")
            _ = channels.promote("production", to: 2, at: time, by: "ann")
        }
        try add(1, ["common", "other"], name: "other")
        let collection = ImageCollection(store: store)
        let needed = Set([try #require(ImageReference("web@3"))])
        let plan = try collection.plan(keep: 1, needed: needed)
        #expect(plan.versions.map(\.description) == ["web@4"])
        #expect(plan.chunks.count == 1)
        #expect(try store.versions(of: "web") == [1, 2, 3, 4, 5])
        let removed = try await collection.collect(keep: 1) {
            // While this is asked, nobody points at a version.
            #expect(caughtError { _ = try store.hold() }?.code == .conflict)
            return needed
        }
        #expect(removed == plan)
        #expect(try store.hold() != nil)
        #expect(try store.versions(of: "web") == [1, 2, 3, 5])
        #expect(!Files.exists("\(store.directory)/web/4"))
        #expect(!Files.exists(store.chunks.path(try FileDigest.of(Array("only 4".utf8)))))
        for text in ["common", "only 1", "only 5", "other"] {
            #expect(Files.exists(store.chunks.path(try FileDigest.of(Array(text.utf8)))), "\(text)")
        }
        #expect(try await collection.collect(keep: 1) { needed } == ImageCollection.Plan())
    }

    @Test("as long as a version cannot be read, nothing is removed")
    func damagedVersion() async throws {
        for version in 1...3 { try add(version, ["only \(version)"]) }
        try Files.write("{", to: "\(store.directory)/web/3.manifest")
        await #expect { try await ImageCollection(store: store).collect(keep: 1) { [] } } throws: {
            ($0 as? MusterError)?.code == .conflict && "\($0)".contains("web@3 cannot be read")
        }
        #expect(try store.versions(of: "web") == [1, 2, 3])
    }

    // MARK: Sizes and history

    @Test("a version's own chunks are those that no other version of any image has, each counted once")
    func sizes() throws {
        let manifests = [
            try add(1, ["aaaa", "bb", "aaaa"]), try add(2, ["bb", "c"]), try add(1, ["c", "dddddddd"], name: "other"),
        ]
        let sizes = VersionSizes(manifests)
        #expect(sizes[manifests[0].reference] == .init(whole: 6, own: 4, shared: 2))
        #expect(sizes[manifests[1].reference] == .init(whole: 3, own: 0, shared: 3))
        #expect(sizes[manifests[2].reference] == .init(whole: 9, own: 8, shared: 1))
    }
}
