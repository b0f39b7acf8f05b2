import DiskFormats
import Foundation
import LinuxSystem
import MusterBase
import TestSupport

/// A file system that is made in memory, its blocks stored as they are, and what has to be found in it.
struct SquashfsImage {
    private var writer: SquashfsWriter
    private(set) var octets: [UInt8]
    private(set) var expected: [String: FoundFile] = [:]
    /// Of files that have several.
    private var names: [String: [String]] = [:]
    /// Blocks that were given out.
    private(set) var blocks = 0
    private let blockSize: Int

    static let time: Int64 = 1_700_000_000

    init(blockSize: Int = 4096, isExportable: Bool = true) throws {
        writer = try SquashfsWriter(
            SquashfsOptions(
                compression: .zstandard(level: 9), blockSize: blockSize, time: Self.time, isExportable: isExportable))
        octets = writer.head
        self.blockSize = blockSize
        expected[""] = FoundFile(
            mode: UInt32(S_IFDIR) | 0o755, owner: 0, group: 0, time: Self.time, links: 2)
    }

    mutating func add(_ entry: SquashfsEntry, content: [UInt8] = [], digest: [UInt8]? = nil) throws {
        var links: UInt64 = 1
        if case .directory = entry.kind { links = 2 }
        if case .hardLink(let target) = entry.kind {
            names[target, default: [target]].append(entry.path)
            let links = UInt64(names[target]?.count ?? 0)
            expected[entry.path] = expected[target]
            for name in names[target] ?? [] { expected[name]?.links = links }
            try writer.add(entry)
            return
        }
        if case .file = entry.kind {
            if try writer.addFile(entry, size: UInt64(content.count), digest: digest) == .content {
                for start in stride(from: 0, to: content.count, by: blockSize) {
                    try write(writer.append(Array(content[start..<min(content.count, start + blockSize)])))
                }
            }
        } else {
            try writer.add(entry)
        }
        var file = FoundFile(
            mode: UInt32(entry.permissions) | Self.kind(entry.kind), owner: entry.owner, group: entry.group,
            time: min(max(0, entry.modificationTime), Int64(UInt32.max)), links: links, size: Int64(content.count),
            content: FoundFile.Sum(content))
        switch entry.kind {
        case .symbolicLink(let target): file.target = target
        case .blockDevice(let major, let minor), .characterDevice(let major, let minor): file.device = [major, minor]
        default: break
        }
        for attribute in entry.attributes { file.attributes[attribute.name] = FoundFile.Sum(attribute.value) }
        if let implied = expected[entry.path] { file.links = implied.links }
        if links == 2, expected[entry.path] == nil { expected[FilePathText.parentOrRoot(of: entry.path)]?.links += 1 }
        expected[entry.path] = file
    }

    /// Adds a file of zeros, of any size.
    mutating func addZeros(_ path: String, size: UInt64) throws {
        let entry = SquashfsEntry(path, .file, permissions: 0o644, modificationTime: Self.time)
        guard try writer.addFile(entry, size: size, digest: nil) == .content else { return }
        let zeros = [UInt8](repeating: 0, count: blockSize)
        var left = size
        while left > 0 {
            let count = min(left, UInt64(blockSize))
            try write(writer.append(count == zeros.count ? zeros : [UInt8](zeros.prefix(Int(count)))))
            left -= count
        }
    }

    /// The whole file. Nothing can be added behind it.
    mutating func finish() throws -> [UInt8] {
        try write(writer.lastBlock().map { [$0] } ?? [])
        let end = try writer.finish(SquashfsStoring())
        octets += end.tail
        octets.replaceSubrange(..<end.superblock.count, with: end.superblock)
        return octets
    }

    private mutating func write(_ given: [SquashfsWriter.Block]) throws {
        for block in given {
            octets += block.octets
            try writer.store(block.number, octets: block.octets.count, isCompressed: false)
            blocks += 1
        }
    }

    private static func kind(_ kind: SquashfsEntry.Kind) -> UInt32 {
        let value =
            switch kind {
            case .directory: S_IFDIR
            case .file, .hardLink: S_IFREG
            case .symbolicLink: S_IFLNK
            case .blockDevice: S_IFBLK
            case .characterDevice: S_IFCHR
            case .fifo: S_IFIFO
            case .socket: S_IFSOCK
            }
        return UInt32(value)
    }
}

extension SquashfsImage {
    static func noise(_ count: Int, seed: UInt64) -> [UInt8] {
        var generator = SeededGenerator(seed: seed)
        return (0..<count).map { _ in UInt8.random(in: 1...255, using: &generator) }
    }

    /// The blocks that come of small files.
    struct Blocks {
        private var writer: SquashfsWriter
        private var blocks: Set<[UInt8]> = []

        init(blockSize: Int) throws {
            writer = try SquashfsWriter(SquashfsOptions(compression: .zlib, blockSize: blockSize, time: 0))
        }

        mutating func add(_ path: String, _ content: [UInt8]) throws {
            _ = try writer.addFile(
                SquashfsEntry(path, .file, permissions: 0o644), size: UInt64(content.count), digest: nil)
            for block in try writer.append(content) { blocks.insert(block.octets) }
        }

        mutating func finish() throws -> Set<[UInt8]> {
            if let block = try writer.lastBlock() { blocks.insert(block.octets) }
            return blocks
        }
    }
}

extension FilePathText {
    static func parentOrRoot(of path: String) -> String { path.contains("/") ? parent(of: path) : "" }
}

/// Reads file systems with what others wrote.
enum SquashfsReading {
    static let tools = SystemToolRunner()
    static let hasUnsquashfs = Tool.unsquashfs.installedPath != nil
    static let isRoot = geteuid() == 0
    /// Whether root may mount squashfs here.
    static var mounts: Bool {
        let known = (try? Files.readText("/proc/filesystems", limit: 1 << 16)) ?? ""
        return isRoot && known.contains("\tsquashfs\n") && FileManager.default.fileExists(atPath: "/dev/loop-control")
    }

    /// What unsquashfs takes out of a file system.
    static func extracted(_ octets: [UInt8], longestContent: Int64 = 4 << 20) async throws -> FoundTree {
        let directory = try TemporaryDirectory()
        try Files.write(octets, to: directory.path("image"))
        _ = try await tools.check(
            .unsquashfs, ["-quiet", "-no-progress", "-dest", directory.path("tree"), directory.path("image")],
            doing: "taking a file system apart")
        return try FoundTree(directory.path("tree"), longestContent: longestContent)
    }

    /// Lines of `unsquashfs -lln`: mode, owner and group, size, date, path.
    static func listing(_ octets: [UInt8]) async throws -> [String] {
        let directory = try TemporaryDirectory()
        try Files.write(octets, to: directory.path("image"))
        let result = try await tools.check(
            .unsquashfs, ["-lln", "-UTC", "-dest", "", directory.path("image")], ToolOptions(outputLimit: 16 << 20),
            doing: "listing a file system")
        return result.text.split(separator: "\n").map {
            $0.split(separator: " ", omittingEmptySubsequences: true).joined(separator: " ")
        }
    }

    /// What the kernel shows of a file system.
    static func mounted<Result>(_ octets: [UInt8], _ use: (String) throws -> Result) throws -> Result {
        let directory = try TemporaryDirectory()
        try Files.write(octets, to: directory.path("image"))
        try directory.makeDirectory("tree")
        let tree = directory.path("tree")
        try LoopDevice.withReadOnly(directory.path("image")) { device in
            try Mounts.mount("squashfs", from: device, at: tree, flags: .readOnly)
        }
        defer { try? Mounts.unmount(tree) }
        return try use(tree)
    }
}
