import Crypto
import DiskFormats
import Foundation
import Images
import LinuxSystem
import MusterBase
import TestSupport
import Testing

@Suite("root file system")
struct RootFileSystemTests {
    private let directory: TemporaryDirectory

    init() throws { directory = try TemporaryDirectory() }

    private static let hasUnsquashfs = Tool.unsquashfs.installedPath != nil

    /// Packs a tree; the blocks are kept in `blocks` of the test's directory.
    @discardableResult
    private func pack(
        _ tree: TestTree, to name: String = "image", level: Int = 3, blocksUnderWay: Int = 64, keeps: Bool = true
    ) async throws -> (octets: [UInt8], report: RootFileSystem.Report) {
        try Files.write(tree.archive, to: directory.path("tree.tar"))
        let system = RootFileSystem(
            tree: try TreeArchive(directory.path("tree.tar")), created: Timestamp(seconds: 2_000_000_000),
            cache: keeps ? directory.path("blocks") : nil, blocksUnderWay: blocksUnderWay)
        let report = try await system.write(to: directory.path(name), compressionLevel: level)
        return (try Files.read(directory.path(name), limit: 1 << 30), report)
    }

    /// Many small files and some of several blocks; about 6 MB.
    private func tree(changed: Set<Int> = [], count: Int = 600) throws -> TestTree {
        var tree = TestTree()
        for number in 0..<count {
            var generator = SeededGenerator(seed: UInt64(number) + (changed.contains(number) ? 1_000_000 : 0))
            let length = number % 60 == 7 ? 700_000 : 200 + (number * 7919) % 15_000
            // Half of the bits are noise, so that it can be compressed and has no repetitions.
            let content = (0..<length).map { _ in UInt8.random(in: 65...80, using: &generator) }
            try tree.add("./usr/share/\(number % 13)/file-\(number)", .file, content: content)
        }
        return tree
    }

    @Test("the same tree gives the same octets, whatever is under way at a time and whether blocks are kept")
    func reproducible() async throws {
        let tree = try tree()
        let one = try await pack(tree, blocksUnderWay: 1, keeps: false)
        let four = try await pack(tree, blocksUnderWay: 4, keeps: false)
        let kept = try await pack(tree)
        let again = try await pack(tree)
        let isSame = [four, kept, again].allSatisfy { $0.octets == one.octets }
        #expect(isSame)
        #expect(kept.report.reusedBlocks == 0 && kept.report.blocks > 40)
        #expect(again.report.reusedBlocks == again.report.blocks)
        #expect(one.octets.count % 4096 == 0)
    }

    @Test("when one file in a hundred changed, few blocks are compressed again")
    func again() async throws {
        try await pack(try tree())
        // Small files; the larger ones have the numbers 7, 67, 127, ….
        let changed = try await pack(try tree(changed: [100, 200, 300, 400, 500, 590]), to: "second")
        let fresh = changed.report.blocks - changed.report.reusedBlocks
        #expect(fresh >= 1 && fresh <= 12)
        let plain = try await pack(
            try tree(changed: [100, 200, 300, 400, 500, 590]), to: "third", keeps: false)
        let isSame = changed.octets == plain.octets
        #expect(isSame)
    }

    @Test("most octets of the old version are found again in the new one, wherever they are")
    func differences() async throws {
        let old = try await pack(try tree()).octets
        let new = try await pack(try tree(changed: [300]), to: "second").octets
        let known = Set(Self.chunks(of: old))
        let found = Self.chunks(of: new).reduce(0) { $0 + (known.contains($1) ? $1.count : 0) }
        #expect(Double(found) > 0.9 * Double(new.count), "\(found) of \(new.count) octets")
    }

    /// Cuts where the last octets say so, every 16 KiB or so.
    private static func chunks(of octets: [UInt8]) -> [ArraySlice<UInt8>] {
        var chunks: [ArraySlice<UInt8>] = []
        var hash: UInt64 = 0
        var start = 0
        for (index, octet) in octets.enumerated() {
            hash = hash << 1 &+ (UInt64(octet) &+ 1) &* 0x9E37_79B9_7F4A_7C15
            if hash >> 50 == 0 {
                chunks.append(octets[start...index])
                start = index + 1
            }
        }
        return chunks + [octets[start...]]
    }

    @Test("blocks that were kept and are damaged, cut short or of another level do no harm")
    func damaged() async throws {
        let tree = try tree(count: 100)
        let good = try await pack(tree)
        let kept = try Files.read(directory.path("blocks"), limit: 1 << 30)
        var generator = SeededGenerator(seed: 4)
        for attempt in 0..<20 {
            var bad = kept
            switch attempt % 4 {
            case 0: bad.removeLast(Int.random(in: 1...kept.count, using: &generator))
            case 1: bad[Int.random(in: 0..<kept.count, using: &generator)] ^= 1 << UInt8(attempt % 8)
            case 2: for _ in 0..<5000 { bad[Int.random(in: 0..<kept.count, using: &generator)] = 0 }
            default: bad = (0..<attempt * 10).map { _ in UInt8.random(in: 0...255, using: &generator) }
            }
            try Files.write(bad, to: directory.path("blocks"))
            let again = try await pack(tree)
            // Compared before it is expected: millions of octets are not to be printed.
            let isSame = again.octets == good.octets
            #expect(isSame, "attempt \(attempt)")
            #expect(try Files.read(directory.path("blocks"), limit: 1 << 30).count == kept.count)
        }
        let other = try await pack(tree, level: 4)
        #expect(other.report.reusedBlocks == 0)
    }

    @Test("blocks that are not used any more are not kept")
    func forgotten() async throws {
        try await pack(try tree())
        let size = try #require(Files.size(directory.path("blocks")))
        try await pack(try tree(count: 100))
        #expect(try #require(Files.size(directory.path("blocks"))) < size / 3)
        #expect(directory.content().sorted() == ["blocks", "image", "tree.tar"])
    }

    @Test("where blocks cannot be kept, packing works all the same")
    func notKept() async throws {
        try directory.makeDirectory("blocks")
        try directory.makeDirectory("blocks.tmp")
        let result = try await pack(try tree(count: 50))
        #expect(result.report.blocks > 0 && result.report.reusedBlocks == 0)
    }

    @Test("a tree that ends early leaves no kept blocks behind")
    func broken() async throws {
        var tree = try tree(count: 50)
        try tree.file("usr/share/12/file-12", "twice")
        try tree.add("./usr/share/z", .characterDevice)
        tree.bytes += try TarHeader(
            path: "./usr/x", permissions: 0o600, owner: 1 << 20, modificationTime: 0, kind: .hardLink,
            linkTarget: "absent"
        ).encode()
        await #expect(throws: MusterError.self) { try await pack(tree) }
        #expect(!directory.content().contains { $0.hasPrefix("blocks") })
    }

    @Test("files of the same content take the room of one")
    func duplicates() async throws {
        func size(_ copies: Int) async throws -> Int {
            var tree = TestTree()
            var generator = SeededGenerator(seed: 9)
            let large = (0..<600_000).map { _ in UInt8.random(in: 0...255, using: &generator) }
            for copy in 0..<copies {
                try tree.add("./large-\(copy)", .file, content: large)
                try tree.add("./small-\(copy)", .file, content: Array(large[..<100_000]))
            }
            return try await pack(tree, keeps: false).octets.count
        }
        #expect(try await size(5) - size(1) < 8192)
    }

    @Test("the same size does not make two files one", .enabled(if: hasUnsquashfs))
    func sameSize() async throws {
        var tree = TestTree()
        for name in ["a", "b"] {
            try tree.file(name, "content of \(name)")
            try tree.add("./large-\(name)", .file, content: [UInt8](repeating: Array(name.utf8)[0], count: 600_000))
        }
        let found = try await extracted(try await pack(tree).octets)
        #expect(found.files["a"]?.content == FoundFile.Sum(Array("content of a".utf8)))
        #expect(found.files["b"]?.content == FoundFile.Sum(Array("content of b".utf8)))
        #expect(found.files["large-a"]?.content == FoundFile.Sum([UInt8](repeating: 97, count: 600_000)))
        #expect(found.files["large-b"]?.content == FoundFile.Sum([UInt8](repeating: 98, count: 600_000)))
    }

    @Test("what random trees hold comes out as it went in", .enabled(if: hasUnsquashfs), arguments: 0..<12)
    func random(_ seed: UInt64) async throws {
        var generator = SeededGenerator(seed: seed)
        var tree = TestTree()
        var contents: [String: [UInt8]] = [:]
        var targets: [String: String] = [:]
        for number in 0..<Int.random(in: 1...400, using: &generator) {
            let depth = Int.random(in: 0...4, using: &generator)
            let above = (0..<depth).map { _ in "d\(Int.random(in: 0...4, using: &generator))/" }.joined()
            let path = above + "f\(number)"
            switch Int.random(in: 0...9, using: &generator) {
            case 0:
                targets[path] = "t\(number)"
                try tree.add("./\(path)", .symbolicLink, link: "t\(number)")
            case 1 where !contents.isEmpty:
                let target = contents.keys.sorted()[Int.random(in: 0..<contents.count, using: &generator)]
                contents[path] = contents[target]
                try tree.add("./\(path)", .hardLink, link: "./\(target)")
            default:
                let sizes = [0, 1, 100, 5000, 262_143, 262_144, 262_145, 600_000]
                let size = sizes[Int.random(in: 0...(number % 10 == 0 ? 7 : 3), using: &generator)]
                let highest = UInt8.random(in: 0...255, using: &generator)
                let content = (0..<size).map { _ in UInt8.random(in: 0...highest, using: &generator) }
                contents[path] = content
                try tree.add("./\(path)", .file, content: content)
            }
        }
        let found = try await extracted(try await pack(tree).octets)
        for (path, content) in contents {
            #expect(found.files[path]?.content == FoundFile.Sum(content), "\(path)")
        }
        for (path, target) in targets { #expect(found.files[path]?.target == target, "\(path)") }
        let files = found.files.values.count { $0.mode & UInt32(S_IFMT) != UInt32(S_IFDIR) }
        #expect(files == contents.count + targets.count)
    }

    private func extracted(_ octets: [UInt8]) async throws -> FoundTree {
        _ = try await SystemToolRunner().check(
            .unsquashfs, ["-quiet", "-no-progress", "-force", "-dest", directory.path("out"), directory.path("image")],
            doing: "taking a file system apart")
        return try FoundTree(directory.path("out"))
    }
}
