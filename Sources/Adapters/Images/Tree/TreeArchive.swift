import DiskFormats
import MusterBase

/// One entry of a tree.
package struct TreeEntry: Sendable {
    /// Relative, cleaned of `./`; empty for the root itself.
    package let path: String
    /// With all that extended headers say about path, link target, size and owner.
    package let header: TarHeader
    /// Extended attributes, as the records that carry them.
    let attributes: [TarRecords.Record]
    /// Where the content begins in the archive.
    let contentOffset: UInt64
}

/// A root tree as a tar archive, the form that `build` leaves behind: owners, modes and device nodes are kept without
/// root rights. The entries are indexed; content is read when it is asked for.
package final class TreeArchive: Sendable {
    package let entries: [TreeEntry]
    /// Where the end mark begins: entries that are written there in its place belong to the tree, too.
    let endOffset: UInt64
    private let places: [TreeName: Int]
    private let file: RandomAccessFile
    /// Of files that are read whole; the largest kernel module or package list is far below.
    private static let longestFile: UInt64 = 512 << 20

    package init(_ path: String) throws {
        file = try RandomAccessFile(path)
        var scan = TreeScan(file: file)
        entries = try scan.entries()
        endOffset = scan.offset
        places = Dictionary(entries.enumerated().map { (TreeName($1.path), $0) }, uniquingKeysWith: { _, last in last })
    }

    /// The entry at a path; symbolic links on the way are followed, also the last.
    func entry(_ path: String) -> TreeEntry? { resolve(path).flatMap { places[TreeName($0)] }.map { entries[$0] } }

    /// The entry at exactly this path, no link followed.
    func entry(at path: String) -> TreeEntry? { places[TreeName(path)].map { entries[$0] } }

    /// The path without symbolic links; nil when they go in a circle.
    func resolve(_ path: String) -> String? {
        TreePath.resolve(path) { here in
            // Archives do not name all directories.
            guard let index = places[TreeName(here)], case .symbolicLink = entries[index].header.kind else {
                return .other
            }
            return .link(entries[index].header.linkTarget)
        }
    }

    /// The whole content of a file; that of its other name for a hard link.
    package func content(of entry: TreeEntry) throws -> [UInt8] {
        let entry = try original(of: entry)
        guard entry.header.size <= Self.longestFile else {
            throw MusterError(.malformed, "\(entry.path) in \(file.path) is too long: \(entry.header.size) octets")
        }
        return try file.read(at: entry.contentOffset, exactly: Int(entry.header.size))
    }

    /// A part of the content of a plain file.
    func content(of entry: TreeEntry, from offset: UInt64, count: Int) throws -> [UInt8] {
        try file.read(at: entry.contentOffset + offset, exactly: count)
    }

    /// The file that a hard link stands for; the entry itself for all else.
    func original(of entry: TreeEntry) throws -> TreeEntry {
        guard case .hardLink = entry.header.kind else { return entry }
        let target = TreeScan.cleaned(entry.header.linkTarget)
        guard let other = self.entry(at: target), case .file = other.header.kind else {
            throw MusterError(
                .malformed, "\(entry.path) in \(file.path) is a link to \(target), which is no file there")
        }
        return other
    }

    /// The names directly in a directory, sorted.
    func names(in directory: String) -> [String] {
        guard let path = resolve(directory) else { return [] }
        let prefix = path.isEmpty ? "" : path + "/"
        return entries.map { TreeName($0.path) }.filter { $0.hasPrefix(prefix) }.map { $0.dropping(prefix) }
            .filter { !$0.text.isEmpty && !$0.text.utf8.contains(UInt8(ascii: "/")) }.sorted().map(\.text)
    }
}
