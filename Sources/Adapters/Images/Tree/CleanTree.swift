import DiskFormats
import MusterBase

/// A tree without what ``MachineContent`` keeps out of a version. The same tree gives the same entries in the same order:
/// names of owners, sub-second times, the order in the archive and other accidents do not come along.
package struct CleanTree: Sendable {
    let tree: TreeArchive
    /// No time is later than this, in seconds since 1970.
    let latest: Int64

    /// An entry and where its content comes from.
    package struct Entry: Sendable {
        package var entry: SquashfsEntry
        package var content: Content
    }

    package enum Content: Sendable {
        /// Of what is no file.
        case none
        case octets([UInt8])
        /// The content of an entry of the archive.
        case archive(TreeEntry)

        package var size: UInt64 {
            switch self {
            case .none: 0
            case .octets(let octets): UInt64(octets.count)
            case .archive(let entry): entry.header.size
            }
        }
    }

    package init(tree: TreeArchive, latest: Int64) {
        self.tree = tree
        self.latest = latest
    }

    /// All entries but the root, a directory before what is in it, names in the order of their octets. When the archive
    /// has a path twice, the last one counts, as in tar.
    package func entries() throws -> [Entry] {
        var places: [[UInt8]: Int] = [:]
        for (index, entry) in tree.entries.enumerated() where !entry.path.isEmpty {
            // A slash sorts before all else, so that directories stay together.
            places[entry.path.utf8.map { $0 == UInt8(ascii: "/") ? 0 : $0 }] = index
        }
        return try places.sorted { $0.key.lexicographicallyPrecedes($1.key) }.compactMap {
            try cleaned(tree.entries[$0.value])
        }
    }

    /// The names of extended attributes that squashfs has no place for; sorted.
    package var lostAttributes: [String] {
        Set(tree.entries.flatMap { Self.attributes(of: $0).lost }).sorted()
    }

    private func cleaned(_ entry: TreeEntry) throws -> Entry? {
        switch MachineContent.treatment(of: entry.path) {
        case .leaveOut: return nil
        case .makeEmpty: return try file(entry, .octets([]))
        case .takePasswordsOut: return try file(entry, .octets(AccountFile.withoutPasswords(tree.content(of: entry))))
        case .keep: break
        }
        let header = entry.header
        switch header.kind {
        case .file: return try file(entry, .archive(entry))
        case .hardLink:
            let target = TreeScan.cleaned(header.linkTarget)
            if MachineContent.treatment(of: target) == .leaveOut {
                return try file(entry, .archive(tree.original(of: entry)))
            }
            return try made(entry, .hardLink(target))
        case .directory: return try made(entry, .directory)
        case .symbolicLink: return try made(entry, .symbolicLink(header.linkTarget))
        case .fifo: return try made(entry, .fifo)
        case .characterDevice:
            return try made(
                entry, .characterDevice(major: number(header.major, entry), minor: number(header.minor, entry)))
        case .blockDevice:
            return try made(
                entry, .blockDevice(major: number(header.major, entry), minor: number(header.minor, entry)))
        case .extended, .extendedGlobal, .longPath, .longLink, .other:
            throw MusterError(.unsupported, "\(entry.path) is of a kind that no root tree needs")
        }
    }

    private func file(_ entry: TreeEntry, _ content: Content) throws -> Entry {
        var file = try made(entry, .file)
        file.content = content
        return file
    }

    private func made(_ entry: TreeEntry, _ kind: SquashfsEntry.Kind) throws -> Entry {
        let header = entry.header
        return Entry(
            entry: SquashfsEntry(
                entry.path, kind, permissions: header.permissions, owner: try number(header.owner, entry),
                group: try number(header.group, entry), modificationTime: min(header.modificationTime, latest),
                attributes: Self.attributes(of: entry).kept),
            content: .none)
    }

    private func number(_ value: UInt64, _ entry: TreeEntry) throws -> UInt32 {
        guard let number = UInt32(exactly: value) else {
            throw MusterError(.unsupported, "\(entry.path) has the owner, group or device number \(value)")
        }
        return number
    }

    private static func attributes(
        of entry: TreeEntry
    ) -> (kept: [SquashfsEntry.Attribute], lost: [String]) {
        var kept: [SquashfsEntry.Attribute] = []
        var lost: [String] = []
        for record in entry.attributes where record.key.hasPrefix(TreeScan.attributePrefix) {
            let own = String(record.key.dropFirst(TreeScan.attributePrefix.count))
            let name = StoredAttribute.stored(own)
            // Of all that is neither file nor directory, the kernel takes no attribute of `user.`.
            let isPlain = entry.header.kind == .file || entry.header.kind == .directory
            guard SquashfsEntry.Attribute.isSupported(name), name == own || isPlain else {
                lost.append(own)
                continue
            }
            // The last one counts, as of all records.
            kept.removeAll { $0.name == name }
            kept.append(SquashfsEntry.Attribute(name: name, value: record.value))
        }
        return (kept, lost)
    }
}
