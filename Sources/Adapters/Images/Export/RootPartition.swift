import DiskFormats
import LinuxSystem
import MusterBase

/// Writes a tree as ext4 into its partition's place in a disk's file. No device and no mount is needed for it.
struct RootPartition: Sendable {
    let sandbox: TreeSandbox
    let tree: String
    let fileSystem: DiskGUID
    let hashSeed: DiskGUID
    /// Of all that was made, in seconds since 1970: no time in the file system is later.
    let date: Timestamp
    /// Inodes that there are at least.
    let entries: Int

    static let blockSize: UInt64 = 4096
    private static let inodeSize: UInt64 = 256
    private static let journal: UInt64 = 64 << 20
    private static let usualOctetsPerInode: UInt64 = 16384

    /// All features by name: those that mke2fs has for its own differ from one version to the next, and GRUB does not read
    /// each of them.
    private static let features = [
        "none", "has_journal", "ext_attr", "resize_inode", "dir_index", "filetype", "extent", "64bit", "flex_bg",
        "sparse_super", "large_file", "huge_file", "dir_nlink", "extra_isize", "metadata_csum",
    ]

    /// Octets of the smallest partition that holds a tree, and a system that runs for a while.
    ///
    /// - Parameter content: octets of the tree in whole blocks.
    static func minimum(content: UInt64, entries: Int) -> UInt64 {
        let unit: UInt64 = 64 << 20
        let needed = content + journal + inodes(entries, size: content) * inodeSize
        // Tables, the part that is kept for root, and room to begin with.
        let whole = needed + needed / 10 + (256 << 20)
        return (whole + unit - 1) / unit * unit
    }

    private static func inodes(_ entries: Int, size: UInt64) -> UInt64 {
        let wanted = UInt64(max(0, entries)) * 3 / 2 + 8192
        return max(size / usualOctetsPerInode, wanted)
    }

    /// - Parameters:
    ///   - disk: path of the disk's file.
    ///   - offset, size: the partition, in octets.
    func write(to disk: String, offset: UInt64, size: UInt64) async throws {
        let writable = [FilePathText.parent(of: disk)]
        // What the tree's own programs made bears the time of now.
        try await sandbox.check(
            .find, [tree, "-newermt", "@\(date.seconds)", "-exec", "touch", "-h", "-d", "@\(date.seconds)", "{}", "+"],
            writable: [tree], doing: "setting times")
        let extended = "offset=\(offset),hash_seed=\(hashSeed),lazy_itable_init=0,lazy_journal_init=0,nodiscard"
        let arguments: [String] = [
            "-q", "-F", "-t", "ext4", "-b", "\(Self.blockSize)", "-I", "\(Self.inodeSize)", "-N",
            "\(Self.inodes(entries, size: size))", "-O", Self.features.joined(separator: ","), "-L", "root", "-U",
            "\(fileSystem)", "-E", extended, "-J", "size=\(Self.journal >> 20)", "-m", "2", "-d", tree, disk,
            "\(size >> 10)k",
        ]
        do {
            try await sandbox.check(.mke2fs, arguments, writable: writable, doing: "writing the root file system")
        } catch let error as MusterError where error.message.contains("Could not allocate") {
            throw MusterError(
                .exhausted, "the image does not fit on the disk", advice: "give more with --size", cause: error)
        }
        try await setTimes(disk, offset: offset, writable: writable)
    }

    /// mke2fs takes the times of the last change of an inode from the tree, where they are those of now.
    private func setTimes(_ disk: String, offset: UInt64, writable: [String]) async throws {
        let place = "\(disk)?offset=\(offset)"
        let statistics = try await sandbox.check(
            .debugfs, ["-R", "show_super_stats -h", place], writable: [], doing: "looking at the root file system")
        func number(_ name: String) -> Int? {
            statistics.text.split(separator: "\n").first { $0.hasPrefix(name) }
                .flatMap { Int($0.dropFirst(name.count).filter { $0 != " " }) }
        }
        guard let all = number("Inode count:"), let free = number("Free inodes:"), all - free > 11 else {
            throw MusterError(.malformed, "debugfs does not say how many inodes the root file system has")
        }
        // The first that is no file system's own, which mke2fs gives out one behind the other.
        var commands = ""
        for inode in 12...(all - free) {
            for field in ["ctime", "atime", "crtime"] {
                commands += "set_inode_field <\(inode)> \(field) @\(date.seconds)\n"
            }
        }
        let script = "\(FilePathText.parent(of: tree))/times"
        try Files.write(commands, to: script)
        try await sandbox.check(
            .debugfs, ["-w", "-f", script, place], writable: writable, doing: "setting times")
    }
}
