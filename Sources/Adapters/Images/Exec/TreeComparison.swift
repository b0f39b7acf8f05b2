import DiskFormats
import MusterBase

/// Whether two archives hold the same tree. Times of directories do not count: they change by looking.
package struct TreeComparison {
    package let old: TreeArchive
    package let new: TreeArchive

    package init(old: TreeArchive, new: TreeArchive) {
        self.old = old
        self.new = new
    }

    package func isSame() throws -> Bool {
        let (oldLast, newLast) = (Self.last(old), Self.last(new))
        guard oldLast.count == newLast.count else { return false }
        let (oldNames, newNames) = (Self.firstNames(oldLast), Self.firstNames(newLast))
        for (path, entry) in oldLast {
            guard let other = newLast[path], oldNames[path] == newNames[path] else { return false }
            guard try isSame(Self.target(of: entry, in: oldLast), Self.target(of: other, in: newLast)) else {
                return false
            }
        }
        return true
    }

    private func isSame(_ entry: TreeEntry, _ other: TreeEntry) throws -> Bool {
        guard Self.facts(entry) == Self.facts(other), Self.attributes(entry) == Self.attributes(other) else {
            return false
        }
        guard entry.header.kind == .file else { return true }
        var offset: UInt64 = 0
        while offset < entry.header.size {
            let count = Int(min(1 << 20, entry.header.size - offset))
            let (one, two) = (
                try old.content(of: entry, from: offset, count: count),
                try new.content(of: other, from: offset, count: count)
            )
            guard one == two else { return false }
            offset += UInt64(count)
        }
        return true
    }

    /// What a hard link is another name of, which may be a symbolic link; the entry itself for all else.
    private static func target(of entry: TreeEntry, in entries: [TreeName: TreeEntry]) -> TreeEntry {
        guard case .hardLink = entry.header.kind else { return entry }
        return entries[target(of: entry)] ?? entry
    }

    /// The path of what a hard link is another name of.
    private static func target(of link: TreeEntry) -> TreeName { TreeName(TreeScan.cleaned(link.header.linkTarget)) }

    private static func facts(_ entry: TreeEntry) -> TarHeader {
        var header = entry.header
        header.path = ""
        if header.kind == .directory { header.modificationTime = 0 }
        return header
    }

    private static func attributes(_ entry: TreeEntry) -> [String: [UInt8]] {
        Dictionary(entry.attributes.map { ($0.key, $0.value) }) { _, last in last }
    }

    /// The entries that count: the last of each path.
    private static func last(_ tree: TreeArchive) -> [TreeName: TreeEntry] {
        Dictionary(tree.entries.map { (TreeName($0.path), $0) }) { _, last in last }
    }

    /// The first of all names that a file with several has, by each of them: whichever of them the archive holds as
    /// the file.
    private static func firstNames(_ entries: [TreeName: TreeEntry]) -> [TreeName: TreeName] {
        var first: [TreeName: TreeName] = [:]
        for (path, entry) in entries where entry.header.kind == .hardLink {
            let target = target(of: entry)
            first[target] = min(first[target] ?? target, path)
        }
        var names = first
        for (path, entry) in entries where entry.header.kind == .hardLink {
            names[path] = first[target(of: entry)]
        }
        return names
    }
}
