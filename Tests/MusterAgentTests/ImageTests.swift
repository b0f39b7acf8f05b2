import Crypto
import DeploymentModel
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
    private let content = (0..<1000).map { UInt8($0 % 251) }

    /// Runs a download into a file that is removed afterwards, and gives its content.
    private func download(_ members: [ScriptedMember], notes: RecordedConsole = RecordedConsole()) async throws
        -> [UInt8]
    {
        let directory = try TemporaryDirectory()
        let sink = try ImageSink(directory.path("image"))
        let file = ImageManifest.File(name: "root.squashfs", size: 1000, digest: try digest(content))
        let download = ImageDownload(
            pool: MemberPool(members), image: try image(), file: file,
            onProgress: { notes.line("\($0) %") }, onTrouble: { notes.line($0) })
        _ = try await download.run(into: sink)
        return try Files.read(directory.path("image"))
    }

    private func pieces(_ bytes: some Collection<UInt8>, of size: Int = 100) -> [ScriptedMember.Piece] {
        let bytes = Array(bytes)
        return stride(from: 0, to: bytes.count, by: size).map { .bytes(Array(bytes[$0..<min($0 + size, bytes.count)])) }
    }

    @Test("each tenth is told once")
    func tellsProgress() async throws {
        let notes = RecordedConsole()
        let member = ScriptedMember("a", .init(downloads: [pieces(content, of: 37)]))
        #expect(try await download([member], notes: notes) == content)
        #expect(notes.all == (1...10).map { "\($0 * 10) %" })
    }

    @Test("a broken connection is taken up where it broke, at another member")
    func resumes() async throws {
        let broken = ScriptedMember(
            "a", .init(downloads: [pieces(content[..<300]) + [.fail(MusterError(.unavailable, "reset"))]]))
        let good = ScriptedMember("b", .init(downloads: [pieces(content[300...])]))
        #expect(try await download([broken, good]) == content)
        #expect(good.requests == ["download from 300"])
    }

    @Test("a member that breaks off again and again is gone on with as long as it brings something")
    func goesOn() async throws {
        let size = 3 << 20
        let big = (0..<size).map { UInt8(truncatingIfNeeded: $0 &* 31) }
        let directory = try TemporaryDirectory()
        let sink = try ImageSink(directory.path("image"))
        let cut = ScriptedMember.Piece.fail(MusterError(.unavailable, "reset"))
        let third = size / 3
        let member = ScriptedMember(
            "a",
            .init(
                downloads: (0..<3).map { part in
                    [.bytes(Array(big[(part * third)..<((part + 1) * third)]))] + (part < 2 ? [cut] : [])
                }))
        let download = ImageDownload(
            pool: MemberPool([member]), image: try image(),
            file: .init(name: "root.squashfs", size: Int64(size), digest: try digest(big)), onProgress: { _ in },
            onTrouble: { _ in })
        #expect(try await download.run(into: sink) == "a")
        #expect(member.requests == ["download from 0", "download from \(third)", "download from \(2 * third)"])
    }

    @Test("a server that ends early without an error is taken for broken")
    func noticesEarlyEnd() async throws {
        let short = ScriptedMember("a", .init(downloads: [pieces(content[..<700])]))
        let good = ScriptedMember("b", .init(downloads: [pieces(content[700...])]))
        #expect(try await download([short, good]) == content)
    }

    @Test("wrong content is thrown away and asked of another member from the start")
    func replacesWrong() async throws {
        let wrong = ScriptedMember("a", .init(downloads: [pieces([UInt8](repeating: 9, count: 1000))]))
        let good = ScriptedMember("b", .init(downloads: [pieces(content)]))
        #expect(try await download([wrong, good]) == content)
        #expect(good.requests == ["download from 0"])
    }

    @Test("content that is wrong everywhere is refused with what came, what was wanted and what to check")
    func refusesWrong() async throws {
        let wrong = ScriptedMember("10.0.0.1:443", .init(downloads: [pieces([UInt8](repeating: 9, count: 1000))]))
        let error = await #expect(throws: MusterError.self) { try await download([wrong]) }
        #expect(error?.code == .verificationFailed)
        let wanted = try digest(content)
        let found = try digest([UInt8](repeating: 9, count: 1000))
        #expect(
            error?.message == "root.squashfs of debian-12@7 is refused: 10.0.0.1:443 gave 1000 octets with \(found); "
                + "the signed manifest promises 1000 octets with \(wanted)")
        #expect(error?.advice?.contains("muster image verify debian-12@7") == true)
    }

    @Test("more than was promised is not written")
    func refusesLonger() async throws {
        let long = ScriptedMember("a", .init(downloads: [pieces(content + [1])]))
        let error = await #expect(throws: MusterError.self) { try await download([long]) }
        #expect(error.map { "\($0)".contains("is longer than the 1000 octets promised") } == true)
    }

    @Test("a machine with too little memory is told so in numbers before anything is fetched")
    func checksMemory() throws {
        let file = ImageManifest.File(name: "root.squashfs", size: 300 << 20, digest: try digest([]))
        let manifest = try manifest(files: [file], memory: 1 << 30)
        // A machine of 1 GiB, of which the kernel keeps some.
        try MemoryCheck.verify(
            manifest, file: file, memory: MemoryFacts("MemTotal: 998000 kB\nMemAvailable: 900000 kB\n"))
        let small = #expect(throws: MusterError.self) {
            try MemoryCheck.verify(
                manifest, file: file, memory: MemoryFacts("MemTotal: 498000 kB\nMemAvailable: 400000 kB\n"))
        }
        #expect(small?.message == "debian-12@7 needs a machine with 1.0 GB of memory, this one has 509 MB")
        let full = #expect(throws: MusterError.self) {
            try MemoryCheck.verify(
                manifest, file: file, memory: MemoryFacts("MemTotal: 998000 kB\nMemAvailable: 350000 kB\n"))
        }
        #expect(full?.message == "debian-12@7 takes 314 MB of memory and 67 MB to start, and only 358 MB is free")
    }

    private func manifest(files: [ImageManifest.File] = [], memory: Int64 = 0) throws -> ImageManifest {
        ImageManifest(
            name: "debian-12", version: 7, architecture: "x86_64", distribution: "debian", distributionVersion: "12",
            created: Timestamp(seconds: 0), kernelRelease: "6.1", recipeDigest: try digest([]), files: files,
            packages: [],
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
