import Crypto
import DeploymentModel
import ImageChunks
import LinuxSystem
import MusterAPI
import MusterAgent
import MusterBase
import Synchronization
import TestSupport
import Testing

private func digest(_ bytes: [UInt8]) throws -> ContentDigest {
    try #require(ContentDigest(octets: SHA256.hash(data: bytes)))
}

private func image() throws -> ImageReference { try #require(ImageReference("debian-12@7")) }

@Suite("Fetching an image")
struct ImageTests {
    /// Five chunks, the last of them short.
    private let content = (0..<900).map { UInt8($0 % 251) }
    private let cipher: ChunkCipher
    private let root: ImageManifest.Root
    /// By path, as every good member has them.
    private let stored: [String: [UInt8]]

    init() throws {
        let cipher = ChunkCipher(try #require(ChunkKey([UInt8](repeating: 7, count: 32))))
        var chunks: [ImageManifest.Chunk] = []
        var stored: [String: [UInt8]] = [:]
        for start in stride(from: 0, to: content.count, by: 200) {
            let plain = Array(content[start..<min(start + 200, content.count)])
            let sealed = try plain.withUnsafeBytes { try cipher.seal($0) }
            let chunk = ImageManifest.Chunk(size: plain.count, digest: try digest(sealed))
            chunks.append(chunk)
            stored[chunk.path] = sealed
        }
        self.cipher = cipher
        root = ImageManifest.Root(size: 900, digest: try digest(content), chunks: chunks)
        self.stored = stored
    }

    private func member(_ name: String, without missing: [Int] = [], wrong: [Int] = []) -> ScriptedMember {
        var files = stored
        for index in missing { files[root.chunks[index].path] = nil }
        for index in wrong { files[root.chunks[index].path]?[20] ^= 1 }
        return ScriptedMember(name, .init(files: files))
    }

    /// Fills a file that is removed afterwards, and gives its content.
    private func download(_ members: [ScriptedMember], notes: RecordedConsole = RecordedConsole()) async throws
        -> [UInt8]
    {
        let directory = try TemporaryDirectory()
        let space = try RootSpace(directory.path("image"))
        _ = try await run(members, into: space, notes: notes)
        return try Files.read(directory.path("image"))
    }

    private func run(
        _ members: [ScriptedMember], into space: RootSpace, notes: RecordedConsole = RecordedConsole()
    ) async throws -> Set<String> {
        let download = RootDownload(
            pool: MemberPool(members), image: try image(), root: root, cipher: cipher,
            onProgress: { notes.line("\($0) %") }, onTrouble: { notes.line($0) })
        return try await download.run(into: space)
    }

    @Test("all members carry their share, and each tenth is told at most once")
    func whole() async throws {
        let notes = RecordedConsole()
        let members = [member("a"), member("b")]
        #expect(try await download(members, notes: notes) == content)
        #expect(members.map(\.requests.count) == [3, 2])
        #expect(Set(notes.all).count == notes.all.count && notes.all.contains("100 %"))
    }

    @Test("what one member does not have, the other is asked for, and that is told once")
    func missing() async throws {
        let notes = RecordedConsole()
        #expect(try await download([member("a", without: [0, 1, 2, 3, 4]), member("b")], notes: notes) == content)
        let troubles = notes.all.filter { !$0.hasSuffix("%") }
        #expect(troubles.count == 1 && troubles.first?.hasPrefix("a is left alone for now: no /images/chunks/") == true)
    }

    @Test("a chunk that is wrong at one member is taken from another")
    func wrongAtOne() async throws {
        #expect(try await download([member("a", wrong: [0, 2, 4]), member("b", wrong: [1, 3])]) == content)
    }

    @Test("a chunk that is wrong everywhere is refused with what came, what was wanted and what to check")
    func wrongEverywhere() async throws {
        let error = await #expect(throws: MusterError.self) { try await download([member("10.0.0.1:443", wrong: [3])]) }
        #expect(error?.code == .verificationFailed)
        #expect(
            error?.message
                == "a chunk of the root file system of debian-12@7 is refused: 10.0.0.1:443: 228 octets came "
                + "that are not the chunk of 228 that was meant; the signed manifest promises \(root.chunks[3].digest)")
        #expect(error?.advice?.contains("muster image verify debian-12@7") == true)
    }

    @Test("what came in a run that broke off is not asked for again")
    func resumes() async throws {
        let directory = try TemporaryDirectory()
        let space = try RootSpace(directory.path("image"))
        await #expect(throws: MusterError.self) { try await run([member("a", without: [4])], into: space) }
        let came = (0..<5).filter { space.has($0) }
        #expect(!came.contains(4) && space.octets == Int64(came.count * 200))
        let second = member("b")
        #expect(try await run([second], into: space) == ["b"])
        #expect(second.requests.count == 5 - came.count)
        #expect(try Files.read(directory.path("image")) == content)
    }

    @Test("a chunk of another image's key is refused")
    func otherKey() throws {
        let other = ChunkCipher(try #require(ChunkKey([UInt8](repeating: 8, count: 32))))
        let sealed = try #require(stored[root.chunks[0].path])
        #expect(throws: MusterError.self) { try other.open(sealed) }
        #expect(throws: MusterError.self) { try cipher.open(Array(sealed.prefix(20))) }
        #expect(try cipher.open(sealed) == Array(content.prefix(200)))
    }

    @Test("a machine with too little memory is told so in numbers before anything is fetched")
    func checksMemory() throws {
        let manifest = try manifest(rootSize: 300 << 20, memory: 1 << 30)
        // A machine of 1 GiB, of which the kernel keeps some.
        try MemoryCheck.verify(
            manifest, memory: MemoryFacts("MemTotal: 998000 kB\nMemAvailable: 900000 kB\n"))
        let small = #expect(throws: MusterError.self) {
            try MemoryCheck.verify(
                manifest, memory: MemoryFacts("MemTotal: 498000 kB\nMemAvailable: 400000 kB\n"))
        }
        #expect(small?.message == "debian-12@7 needs a machine with 1.0 GB of memory, this one has 509 MB")
        let full = #expect(throws: MusterError.self) {
            try MemoryCheck.verify(
                manifest, memory: MemoryFacts("MemTotal: 998000 kB\nMemAvailable: 350000 kB\n"))
        }
        #expect(full?.message == "debian-12@7 takes 314 MB of memory and 67 MB to start, and only 358 MB is free")
    }

    private func manifest(rootSize: Int64 = 0, memory: Int64 = 0) throws -> ImageManifest {
        ImageManifest(
            name: "debian-12", version: 7, architecture: "x86_64", distribution: "debian", distributionVersion: "12",
            created: Timestamp(seconds: 0), kernelRelease: "6.1", recipeDigest: try digest([]), files: [],
            root: .init(size: rootSize, digest: try digest([]), chunks: []), parent: nil, packages: [],
            minimalMemory: memory)
    }

    @Test("a manifest is taken when it is the one that was named and the site signed it")
    func takesManifest() async throws {
        let key = Curve25519.Signing.PrivateKey()
        let bytes = try MusterJSON.encode(try manifest())
        let step = try step(bytes, signature: try key.signature(for: bytes), key: key)
        #expect(try await step.fetch().kernelRelease == "6.1")
    }

    @Test("a manifest that another key signed is refused")
    func refusesForeignSignature() async throws {
        let bytes = try MusterJSON.encode(try manifest())
        let signature = try Curve25519.Signing.PrivateKey().signature(for: bytes)
        let step = try step(bytes, signature: signature, key: Curve25519.Signing.PrivateKey())
        let error = await #expect(throws: MusterError.self) { try await step.fetch() }
        #expect(error?.message.contains("is not signed by the image key of the site s") == true)
    }

    @Test("a manifest that is signed but not the one that was named is refused")
    func refusesOtherManifest() async throws {
        let key = Curve25519.Signing.PrivateKey()
        let bytes = try MusterJSON.encode(try manifest())
        let step = try step(bytes, signature: try key.signature(for: bytes), key: key, named: try digest([1]))
        let error = await #expect(throws: MusterError.self) { try await step.fetch() }
        #expect(error?.code == .verificationFailed)
    }

    @Test("an image for another processor is refused")
    func refusesArchitecture() async throws {
        let key = Curve25519.Signing.PrivateKey()
        let bytes = try MusterJSON.encode(try manifest())
        let step = try step(bytes, signature: try key.signature(for: bytes), key: key, architecture: "aarch64")
        let error = await #expect(throws: MusterError.self) { try await step.fetch() }
        #expect(error?.message == "debian-12@7 is for x86_64, this machine is aarch64")
    }

    private func step(
        _ bytes: [UInt8], signature: some Sequence<UInt8>, key: Curve25519.Signing.PrivateKey,
        named: ContentDigest? = nil,
        architecture: String = "x86_64"
    ) throws -> ManifestStep {
        let path = "/images/debian-12/7.manifest"
        let member = ScriptedMember(
            "a", .init(files: [path: bytes, path + ".sig": Array("\(hexText(signature))\n".utf8)]))
        let trust = SiteTrust(
            site: "s", issuedAt: Timestamp(seconds: 0), authority: "", imageKey: Array(key.publicKey.rawRepresentation))
        return ManifestStep(
            pool: MemberPool([member]), trust: trust, image: try image(), digest: try named ?? digest(bytes),
            architecture: architecture)
    }
}
