import DiskFormats
import MusterBase

/// Writes a tree as a tar archive without what ``MachineContent`` keeps out of a version. The same tree gives the same
/// bytes: names of owners, sub-second times and other accidents of the archive do not come along.
struct CleanTree {
    let tree: TreeArchive
    /// No time is later than this, in seconds since 1970.
    let latest: Int64

    private static let pieceLength: UInt64 = 1 << 20

    /// Gives the archive to `write` in pieces of about a mebioctet.
    ///
    /// - Parameter progress: Called with the share that is done, 0 to 1.
    func stream(
        to write: @Sendable ([UInt8]) async throws -> Void, progress: @Sendable (Double) -> Void = { _ in }
    ) async throws {
        var buffer: [UInt8] = []
        buffer.reserveCapacity(Int(Self.pieceLength) * 2)
        for (index, entry) in tree.entries.enumerated() where !entry.path.isEmpty {
            try await append(entry, to: &buffer, write)
            if index % 256 == 0 { progress(Double(index) / Double(tree.entries.count)) }
        }
        buffer += [UInt8](repeating: 0, count: 2 * TarHeader.length)
        try await write(buffer)
        progress(1)
    }

    /// True when the entry, or a directory above it, is left out.
    private static func isLeftOut(_ path: String) -> Bool { MachineContent.treatment(of: path) == .leaveOut }

    private func append(
        _ entry: TreeEntry, to buffer: inout [UInt8], _ write: @Sendable ([UInt8]) async throws -> Void
    ) async throws {
        switch MachineContent.treatment(of: entry.path) {
        case .leaveOut: return
        case .makeEmpty: return try append(entry, content: [], to: &buffer)
        case .takePasswordsOut:
            return try append(entry, content: AccountFile.withoutPasswords(tree.content(of: entry)), to: &buffer)
        case .keep: break
        }
        switch entry.header.kind {
        case .hardLink where Self.isLeftOut(TreeScan.cleaned(entry.header.linkTarget)):
            try append(entry, content: tree.content(of: entry), to: &buffer)
        case .file:
            try append(header: entry.header, entry, to: &buffer)
            try await copyContent(of: entry, to: &buffer, write)
        default:
            try append(header: entry.header, entry, to: &buffer)
        }
    }

    private func copyContent(
        of entry: TreeEntry, to buffer: inout [UInt8], _ write: @Sendable ([UInt8]) async throws -> Void
    ) async throws {
        var offset: UInt64 = 0
        while offset < entry.header.size {
            let count = min(Self.pieceLength, entry.header.size - offset)
            buffer += try tree.content(of: entry, from: offset, count: Int(count))
            offset += count
            if buffer.count >= Int(Self.pieceLength) {
                // Whole blocks only leave the buffer, so that the padding at the end can be counted.
                let whole = buffer.count / TarHeader.length * TarHeader.length
                try await write(Array(buffer[..<whole]))
                buffer.removeFirst(whole)
            }
        }
        Self.pad(&buffer)
    }

    /// Adds a file with other content than the tree's.
    private func append(_ entry: TreeEntry, content: [UInt8], to buffer: inout [UInt8]) throws {
        var header = entry.header
        header.kind = .file
        header.linkTarget = ""
        header.size = UInt64(content.count)
        try append(header: header, entry, to: &buffer)
        buffer += content
        Self.pad(&buffer)
    }

    private func append(header: TarHeader, _ entry: TreeEntry, to buffer: inout [UInt8]) throws {
        var header = header
        header.path = entry.path
        header.modificationTime = min(header.modificationTime, latest)
        if case .file = header.kind {} else { header.size = 0 }
        // squashfs has no place for POSIX access control lists.
        var records = entry.attributes.filter { !$0.key.hasPrefix("SCHILY.xattr.system.posix_acl") }
        if header.path.utf8.count > 100 {
            records.append(TarRecords.Record(key: "path", value: Array(header.path.utf8)))
            header.path = "long"
        }
        if header.linkTarget.utf8.count > 100 {
            records.append(TarRecords.Record(key: "linkpath", value: Array(header.linkTarget.utf8)))
            header.linkTarget = ""
        }
        if !records.isEmpty {
            let content = TarRecords.encode(records)
            buffer += try TarHeader(
                path: "extended", permissions: 0o644, size: UInt64(content.count), modificationTime: 0, kind: .extended
            ).encode()
            buffer += content
            Self.pad(&buffer)
        }
        buffer += try header.encode()
    }

    private static func pad(_ buffer: inout [UInt8]) {
        let rest = buffer.count % TarHeader.length
        if rest > 0 { buffer += [UInt8](repeating: 0, count: TarHeader.length - rest) }
    }
}
