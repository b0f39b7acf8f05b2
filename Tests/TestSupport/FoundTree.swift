import CLinux
import Foundation
import LinuxSystem
import MusterBase

/// What lstat(2), readlink(2), llistxattr(2) and read(2) say of a file.
package struct FoundFile: Hashable, Sendable {
    /// Kind and permissions.
    package var mode: UInt32
    package var owner: UInt32
    package var group: UInt32
    package var time: Int64
    /// Of directories: what the file system counts.
    package var links: UInt64
    /// Of files.
    package var size: Int64 = 0
    package var device: [UInt32] = []
    package var target = ""
    package var attributes: [String: Sum] = [:]
    package var content = Sum([])

    /// Stands for octets, and is short to print.
    package struct Sum: Hashable, Sendable {
        package let count: Int
        private var sum: UInt64 = 0xCBF2_9CE4_8422_2325

        package init(_ octets: [UInt8]) {
            count = octets.count
            for octet in octets { sum = (sum ^ UInt64(octet)) &* 0x100_0000_01B3 }
        }
    }

    package init(
        mode: UInt32, owner: UInt32, group: UInt32, time: Int64, links: UInt64, size: Int64 = 0, device: [UInt32] = [],
        target: String = "", attributes: [String: Sum] = [:], content: Sum = Sum([])
    ) {
        self.mode = mode
        self.owner = owner
        self.group = group
        self.time = time
        self.links = links
        self.size = size
        self.device = device
        self.target = target
        self.attributes = attributes
        self.content = content
    }
}

/// A tree as it is on the disk, or in a mounted file system.
package struct FoundTree: Sendable {
    /// By path; the root's is empty.
    package private(set) var files: [String: FoundFile] = [:]
    /// Paths of the same inode, for inodes with several; sorted.
    package private(set) var linked: [[String]] = []

    /// - Parameter longestContent: Of longer files, the content is not read.
    package init(_ root: String, longestContent: Int64 = 4 << 20) throws {
        var inodes: [UInt64: [String]] = [:]
        var open = [""]
        while let path = open.popLast() {
            let full = path.isEmpty ? root : "\(root)/\(path)"
            var status = stat()
            guard lstat(full, &status) == 0 else { throw MusterError(.systemFailure, "cannot look at \(full)") }
            files[path] = try Self.file(full, status, longestContent)
            if status.st_mode & S_IFMT == S_IFDIR {
                open += try Files.names(in: full).map { path.isEmpty ? $0 : "\(path)/\($0)" }
            } else if status.st_nlink > 1 {
                inodes[UInt64(status.st_ino), default: []].append(path)
            }
        }
        linked = inodes.values.filter { $0.count > 1 }.map { $0.sorted() }.sorted { $0[0] < $1[0] }
    }

    private static func file(_ path: String, _ status: stat, _ longestContent: Int64) throws -> FoundFile {
        var file = FoundFile(
            mode: status.st_mode, owner: status.st_uid, group: status.st_gid, time: Int64(status.st_mtim.tv_sec),
            links: UInt64(status.st_nlink), attributes: try attributes(path))
        switch status.st_mode & S_IFMT {
        case S_IFREG:
            file.size = Int64(status.st_size)
            if file.size <= longestContent { file.content = FoundFile.Sum(try Files.read(path)) }
        case S_IFLNK: file.target = Files.linkTarget(path) ?? ""
        case S_IFCHR, S_IFBLK:
            let device = UInt64(status.st_rdev)
            file.device = [
                UInt32(truncatingIfNeeded: device >> 8 & 0xFFF),
                UInt32(truncatingIfNeeded: device & 0xFF | device >> 12 & 0xFFF00),
            ]
        default: break
        }
        return file
    }

    private static func attributes(_ path: String) throws -> [String: FoundFile.Sum] {
        let length = llistxattr(path, nil, 0)
        if length <= 0 { return [:] }
        var names = [CChar](repeating: 0, count: length)
        guard llistxattr(path, &names, length) == length else {
            throw MusterError(.systemFailure, "cannot list the attributes of \(path)")
        }
        var found: [String: FoundFile.Sum] = [:]
        for part in names.split(separator: 0) {
            let name = String(decoding: part.map { UInt8(bitPattern: $0) }, as: UTF8.self)
            var value = [UInt8](repeating: 0, count: max(0, lgetxattr(path, name, nil, 0)))
            guard lgetxattr(path, name, &value, value.count) == value.count else {
                throw MusterError(.systemFailure, "cannot read the attribute \(name) of \(path)")
            }
            found[name] = FoundFile.Sum(value)
        }
        return found
    }
}
