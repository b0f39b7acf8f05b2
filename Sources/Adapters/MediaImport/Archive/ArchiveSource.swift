import LinuxSystem
import Media
import MusterBase

/// An ISO image or a tar archive.
struct ArchiveSource: MediumSource {
    let path: String
    let name: String
    let volumeLabel: String?
    let imagePath: String?
    /// Names on ISO 9660 without extensions are all in capitals; loaders ask for small letters, and that is what Linux
    /// shows when such a disc is mounted.
    private let lowersNames: Bool

    /// - Parameter name: what the file is called; that of a download lies under another.
    /// - Throws: ``MusterError`` `unsupported` for an image with UDF alone, and for what is no archive at all.
    init(_ path: String, name: String? = nil) throws {
        self.path = path
        self.name = name ?? FilePathText.lastComponent(of: path)
        let header = try ImageHeader(path)
        guard header.isISO || !header.isUDF else {
            throw MusterError(
                .unsupported, "\(self.name) has a UDF file system only, which Muster does not read",
                advice: "mount it and import the directory: mount -o loop,ro \(self.name) /mnt")
        }
        volumeLabel = header.label
        imagePath = header.isISO ? path : nil
        lowersNames = header.isISO ? try Self.hasCapitalsOnly(path, isUDF: header.isUDF, name: self.name) : false
    }

    private static func hasCapitalsOnly(_ path: String, isUDF: Bool, name: String) throws -> Bool {
        let archive = try ArchiveFile(path)
        var files = 0
        while let header = try archive.next() {
            if header.name.contains(where: { (UInt8(ascii: "a")...UInt8(ascii: "z")).contains($0) }) { return false }
            if case .directory = header.kind { continue }
            files += 1
        }
        guard files > 1 || !isUDF else {
            throw MusterError(
                .unsupported, "\(name) has its files in a UDF file system, which Muster does not read",
                advice: "mount it and import the directory: mount -o loop,ro \(name) /mnt")
        }
        return true
    }

    func walk(_ visit: (MediumEntry, EntryContent) throws -> Void) throws {
        let archive = try ArchiveFile(path)
        while let header = try archive.next() {
            try Task.checkCancellation()
            guard let entryPath = try checked(header.name) else { continue }
            let entry = MediumEntry(
                path: entryPath, kind: try kind(header, entryPath), size: header.size, modified: header.modified)
            guard entry.size >= 0 else {
                throw MusterError(.malformed, "\(name) has a file of less than no octets: \(entryPath)")
            }
            try visit(entry) { take in
                try archive.read(size: entry.size) { piece in
                    try Task.checkCancellation()
                    try take(piece)
                }
            }
        }
    }

    private func kind(_ header: ArchiveFile.Header, _ entryPath: String) throws -> MediumEntry.Kind {
        switch header.kind {
        case .file: return .file
        case .directory: return .directory
        case .link(let target): return .link(target)
        case .hardLink(let target):
            guard let first = try checked(target) else {
                throw MusterError(.malformed, "\(name) has a second name for its own top: \(entryPath)")
            }
            return .hardLink(first)
        case .other:
            throw MusterError(
                .malformed, "\(name) has a device or another special file, which no medium has: \(entryPath)")
        }
    }

    private func checked(_ octets: [UInt8]) throws -> String? {
        try EntryName.check(lowersNames ? octets.map { (0x41...0x5A).contains($0) ? $0 | 0x20 : $0 } : octets)
    }
}
