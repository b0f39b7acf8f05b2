import Crypto
import DeploymentModel
import DiskFormats
import Foundation
import ImageChunks
import Images
import LinuxSystem
import MusterBase
import TestSupport
import Testing

@Suite("image pack")
struct ImagePackerTests {
    let state: TemporaryDirectory
    let key = Curve25519.Signing.PrivateKey()

    init() throws {
        state = try TemporaryDirectory()
        try build(TestTree.minimal())
    }

    /// Puts a tree where `build` would leave it.
    func build(_ tree: TestTree) throws {
        let directory = "\(state.path)/private/build/small"
        try Files.createDirectory(directory)
        try Files.write(tree.archive, to: "\(directory)/tree.tar")
        try Files.write(
            """
            {"name": "small", "recipe_digest": "sha256:\(String(repeating: "ab", count: 32))",
             "distribution": "debian", "suite": "bookworm", "architecture": "x86_64",
             "created": "2026-08-01T10:16:07Z", "sources": []}
            """, to: "\(directory)/build.json")
    }

    func pack(
        _ tools: ScriptedTools = ScriptedTools(ScriptedTools.packing), isForced: Bool = false
    ) async throws -> ImagePacker.Result {
        let key = key
        return try await ImagePacker(stateDirectory: state.path, tools: tools).pack(
            "small", options: .init(isForced: isForced), sign: { Array(try key.signature(for: $0)) })
    }

    var store: ImageStore { ImageStore(directory: "\(state.path)/public/images") }

    func published() -> [String] {
        state.content().filter { $0.hasPrefix("public/images/small/") }.map { String($0.dropFirst(20)) }
    }

    func check() throws -> ImageStore.SignatureCheck {
        try ImageStore.signatureCheck(publicKey: Array(key.publicKey.rawRepresentation))
    }

    func reference(_ version: Int) throws -> ImageReference {
        try #require(ImageReference(name: "small", version: version))
    }

    @Test("a version is its two files, the chunks of its root, a manifest and a good signature")
    func version() async throws {
        let result = try await pack()
        #expect(result.isNew)
        #expect(published() == ["1", "1.manifest", "1.manifest.sig", "1/initramfs", "1/kernel"])
        let manifest = try store.manifest(reference(1))
        #expect(manifest == result.manifest)
        #expect(manifest.kernelRelease == TestTree.release)
        #expect(manifest.distribution == "debian" && manifest.distributionVersion == "12")
        #expect(manifest.created.description == "2026-08-01T10:16:07.000000Z")
        #expect(manifest.packages.map(\.name) == ["bash"])
        #expect(manifest.files.map(\.name) == ["kernel", "initramfs"])
        #expect(manifest.root.size > 0 && manifest.root.size == manifest.root.chunks.reduce(0) { $0 + Int64($1.size) })
        #expect(manifest.root.chunks.allSatisfy { Files.exists(store.chunks.path($0.digest)) })
        #expect(manifest.parent == nil)
        #expect(manifest.minimalMemory % (64 << 20) == 0 && manifest.minimalMemory >= 320 << 20)
        #expect(result.missingFirmware == ["absent.bin"])
        #expect(try store.verify(reference(1), isSigned: check()) == [])
    }

    @Test("the initramfs holds the modules needed, what these need, their index and their firmware, and no program")
    func initramfs() async throws {
        _ = try await pack()
        let entries = try CpioReader.entries(of: Files.read("\(store.path(reference(1)))/initramfs"))
        let modules = "usr/lib/modules/\(TestTree.release)"
        let files = entries.filter { if case .file = $0.content { true } else { false } }
        #expect(
            files.map(\.path) == [
                "\(modules)/kernel/drivers/net/virtio_net.ko", "\(modules)/kernel/fs/overlayfs/overlay.ko",
                "\(modules)/kernel/net/core/failover.ko", "\(modules)/modules.alias", "\(modules)/modules.builtin",
                "\(modules)/modules.dep", "\(modules)/modules.softdep", "usr/lib/firmware/nic.bin",
            ])
        #expect(files.allSatisfy { $0.permissions & 0o111 == 0 })
        #expect(entries.contains(.symbolicLink("lib", to: "usr/lib")))
        #expect(files[3].content == .file(Array("alias virtio:d1 virtio_net\n".utf8)))
    }

    @Test("packing the same tree again makes no version, unless told to; and then the digests are the same")
    func twice() async throws {
        let first = try await pack()
        let second = try await pack()
        #expect(!second.isNew && second.manifest == first.manifest)
        #expect(try store.versions(of: "small") == [1])
        let third = try await pack(isForced: true)
        #expect(third.manifest.version == 2)
        #expect(third.manifest.files == first.manifest.files)
        #expect(third.manifest.root == first.manifest.root)
        #expect(third.manifest.parent == (try reference(1)))
    }

    @Test(
        "whoever packs, the root directory belongs to root and has the date of the repositories",
        .enabled(if: Tool.unsquashfs.installedPath != nil))
    func rootDirectory() async throws {
        _ = try await pack()
        let tree = "\(state.path)/unpacked"
        try await unpacker.unpack(reference(1), to: tree) { _, _ in }
        let attributes = try FileManager.default.attributesOfItem(atPath: tree)
        #expect(attributes[.posixPermissions] as? Int == 0o755)
        #expect((attributes[.modificationDate] as? Date)?.timeIntervalSince1970 == 1_785_579_367)
        if geteuid() == 0 { #expect(attributes[.ownerAccountID] as? Int == 0) }
        #expect(try Files.readText("\(tree)/etc/os-release").contains("ID=debian"))
    }

    private var unpacker: ImageUnpacker {
        ImageUnpacker(
            store: store, keys: ChunkKeys(privateDirectory: "\(state.path)/private"), tools: SystemToolRunner())
    }

    @Test(
        "a tree goes only where nothing is, and a damaged version leaves nothing there",
        .enabled(if: Tool.unsquashfs.installedPath != nil))
    func unpackRefuses() async throws {
        let manifest = try await pack().manifest
        try Files.createDirectory("\(state.path)/full/x")
        await #expect { try await unpacker.unpack(reference(1), to: "\(state.path)/full") { _, _ in } } throws: {
            ($0 as? MusterError)?.code == .alreadyExists
        }
        try Files.write("x", to: store.chunks.path(try #require(manifest.root.chunks.last).digest))
        await #expect { try await unpacker.unpack(reference(1), to: "\(state.path)/tree") { _, _ in } } throws: {
            ($0 as? MusterError)?.code == .verificationFailed
        }
        #expect(try Files.names(in: state.path).sorted() == ["full", "private", "public"])
        await #expect(throws: MusterError.self) { try await unpacker.unpack(reference(1), to: "") { _, _ in } }
    }

    @Test("a tree that is packed again compresses only what changed")
    func again() async throws {
        let first = try await pack()
        #expect(first.rootFileSystem.blocks > 0 && first.rootFileSystem.reusedBlocks == 0)
        let second = try await pack(isForced: true)
        #expect(second.rootFileSystem.reusedBlocks == second.rootFileSystem.blocks)
        #expect(Files.exists("\(state.path)/private/build/small/blocks.cache"))
    }

    @Test("a changed tree makes the next version; a number is never used again")
    func next() async throws {
        _ = try await pack()
        var tree = try TestTree.minimal()
        try tree.file("etc/new", "new")
        try build(tree)
        #expect(try await pack().manifest.version == 2)
        for name in ["2.manifest", "2.manifest.sig"] { try Files.remove("\(store.directory)/small/\(name)") }
        try tree.file("etc/newer", "newer")
        try build(tree)
        #expect(try await pack().manifest.version == 3)
    }

    @Test("when the root file system cannot be written, nothing can be seen and the error names the file")
    func failure() async throws {
        var tree = try TestTree.minimal()
        let long = String(repeating: "n", count: 257)
        try tree.add(
            "./short", .file, records: [TarRecords.Record(key: "path", value: Array("./etc/\(long)".utf8))])
        try build(tree)
        await #expect { try await pack() } throws: { "\($0)".contains("a name in etc/\(long) is longer than 256") }
        #expect(published() == [])
        #expect(try store.names() == [])
    }

    @Test("a full disk is told as such, and nothing can be seen")
    func fullDisk() async throws {
        var answers = ScriptedTools.packing
        answers["zstd"] = { _ in ScriptedTools.failure("Write failed because No space left on device") }
        await #expect { try await pack(ScriptedTools(answers)) } throws: {
            ($0 as? MusterError)?.code == .exhausted && "\($0)".contains("nothing was published")
        }
        #expect(published() == [])
    }

    @Test("a signature that cannot be made publishes nothing")
    func noSignature() async throws {
        let packer = ImagePacker(stateDirectory: state.path, tools: ScriptedTools(ScriptedTools.packing))
        await #expect(throws: MusterError.self) {
            try await packer.pack("small", sign: { _ in throw MusterError(.notFound, "no image key") })
        }
        #expect(published() == [])
    }

    @Test("what a killed pack left is removed by the next, and versions that are whole stay")
    func leftovers() async throws {
        _ = try await pack()
        let directory = "\(store.directory)/small"
        try Files.createDirectory("\(directory)/.packing-0123")
        try Files.write("half", to: "\(directory)/.packing-0123/root.squashfs")
        try Files.createDirectory("\(directory)/2")
        try Files.write("kernel", to: "\(directory)/2/kernel")
        try Files.write("sig", to: "\(directory)/2.manifest.sig")
        try Files.write("half", to: "\(directory)/2.manifest.0123.tmp")
        #expect(try store.versions(of: "small") == [1])
        _ = try await pack()
        #expect(published() == ["1", "1.manifest", "1.manifest.sig", "1/initramfs", "1/kernel"])
    }

    @Test("verify names a changed file, a missing one and a manifest that somebody else signed")
    func verify() async throws {
        _ = try await pack()
        let path = store.path(try reference(1))
        try Files.write("kernal", to: "\(path)/kernel")
        try Files.remove("\(path)/initramfs")
        let problems = try store.verify(reference(1), isSigned: check())
        #expect(problems.count == 2)
        #expect(problems.first?.hasPrefix("kernel has the digest sha256:") == true)
        #expect(problems.last?.hasPrefix("initramfs cannot be read") == true)
        let other = Array(Curve25519.Signing.PrivateKey().publicKey.rawRepresentation)
        #expect(
            try store.verify(reference(1), isSigned: ImageStore.signatureCheck(publicKey: other)).first
                == "the manifest's signature is missing or not made with this site's image key")
        try store.requireSigned(reference(1), check())
        let unsigned = caughtError {
            try store.requireSigned(reference(1), ImageStore.signatureCheck(publicKey: other))
        }
        #expect(unsigned?.code == .verificationFailed)
    }

    @Test("a key is held against the chunks that it is to open")
    func checkKey() async throws {
        _ = try await pack()
        try store.check(ChunkKeys(privateDirectory: "\(state.path)/private").key(of: "small"), of: reference(1))
        let other = try #require(ChunkKey([UInt8](repeating: 1, count: ChunkKey.length)))
        #expect(caughtError { try store.check(other, of: reference(1)) }?.code == .verificationFailed)
    }

    @Test("verify names a chunk that is damaged or missing, and packing again puts it right")
    func verifyChunks() async throws {
        let manifest = try await pack().manifest
        let chunk = store.chunks.path(try #require(manifest.root.chunks.first).digest)
        try Files.write("x", to: chunk)
        #expect(try store.verify(reference(1), isSigned: check()) == ["the chunk \(chunk) is damaged"])
        try Files.remove(chunk)
        #expect(try store.verify(reference(1), isSigned: check()).count == 1)
        try Files.write("x", to: chunk)
        _ = try await pack()
        #expect(try store.verify(reference(1), isSigned: check()) == [])
    }

    @Test("chunks say nothing of their content without the key, which only its owner can read")
    func encryption() async throws {
        let manifest = try await pack().manifest
        let key = "\(state.path)/private/images/small.key"
        #expect(try Files.read(key).count == 65)
        let mode = try #require(FileManager.default.attributesOfItem(atPath: key)[.posixPermissions] as? Int)
        #expect(mode == 0o600)
        let stored = try Files.read(store.chunks.path(try #require(manifest.root.chunks.first).digest))
        let plain = try ChunkCipher(ChunkKeys(privateDirectory: "\(state.path)/private").key(of: "small")).open(stored)
        #expect(plain.count == stored.count - ChunkCipher.overhead)
        let magic = Array("hsqs".utf8)
        #expect(plain.starts(with: magic))
        #expect(!stored.indices.contains { stored[$0...].starts(with: magic) })
        try Files.remove(key)
        #expect { try ChunkKeys(privateDirectory: "\(state.path)/private").key(of: "small") } throws: {
            ($0 as? MusterError)?.code == .notFound
        }
        // Machines that run the first version would be given the wrong key.
        await #expect { try await pack(isForced: true) } throws: {
            "\($0)".contains("the key of the image small is not there") && "\($0)".contains("restore it")
        }
        #expect(!Files.exists(key))
    }

    @Test("an image without a tree, a version that is not there and a name that is none are told apart")
    func notThere() async throws {
        let packer = ImagePacker(stateDirectory: state.path, tools: ScriptedTools([:]))
        await #expect { try await packer.pack("other", sign: { $0 }) } throws: {
            "\($0)" == "no tree was built for the image other; build it: muster image build RECIPE"
        }
        await #expect { try await packer.pack("../x", sign: { $0 }) } throws: {
            ($0 as? MusterError)?.code == .invalidInput
        }
        _ = try await pack()
        #expect(throws: MusterError.self) { try store.find("small@2") }
        #expect { try store.find("big") } throws: { "\($0)" == "there is no image 'big'; there are: small" }
        #expect(try store.find("small") == reference(1))
    }

    @Test(
        "the kernel is found where Fedora and its kin have it, also when a link in /boot leads there",
        arguments: [false, true])
    func kernelBesideModules(_ hasLink: Bool) async throws {
        let modules = "usr/lib/modules/\(TestTree.release)"
        var tree = try TestTree.minimal(kernel: ("\(modules)/vmlinuz", "\(modules)/config"))
        try tree.directory(modules)
        if hasLink { try tree.add("./boot/vmlinuz-\(TestTree.release)", .symbolicLink, link: "../\(modules)/vmlinuz") }
        try build(tree)
        let manifest = try await pack().manifest
        #expect(manifest.kernelRelease == TestTree.release)
        #expect(try Files.readText("\(store.path(reference(1)))/kernel") == "kernel")
    }

    @Test("the kernel is found where Alpine has it, called by its flavour")
    func kernelByFlavour() async throws {
        var tree = try TestTree.minimal(kernel: ("boot/vmlinuz-lts", "boot/config-lts"))
        try tree.file("usr/share/kernel/lts/kernel.release", TestTree.release + "\n")
        try build(tree)
        #expect(try await pack().manifest.kernelRelease == TestTree.release)
    }

    @Test("the packages that rpm told when the tree was built are the version's, and changes by hand are counted")
    func recorded() async throws {
        let path = "\(state.path)/private/build/small/build.json"
        let packages = #""packages": [{"name": "glibc", "version": "2.34-100.el9", "architecture": "x86_64"}]"#
        let change = #"{"command": ["true"], "time": "2026-08-01T10:16:07Z", "exit_code": 0}"#
        try Files.write(
            try Files.readText(path).replacing(
                #""sources": []"#, with: #""sources": [], \#(packages), "changes": [\#(change), \#(change)]"#), to: path
        )
        let manifest = try await pack().manifest
        #expect(manifest.packages.map(\.name) == ["glibc"])
        #expect(manifest.handChanges == 2)
    }

    @Test("a tree without a kernel, or with two, is refused")
    func kernels() async throws {
        var empty = TestTree()
        try empty.file("etc/os-release", "ID=debian\n")
        try build(empty)
        await #expect { try await pack() } throws: { "\($0)".contains("the tree has no kernel") }
        var two = try TestTree.minimal()
        try two.file("boot/vmlinuz-9", "kernel")
        try two.file("usr/lib/modules/9/modules.dep", "")
        try build(two)
        await #expect { try await pack() } throws: { "\($0)".contains("more than one kernel: 6.1.0-1-test, 9") }
    }
}
