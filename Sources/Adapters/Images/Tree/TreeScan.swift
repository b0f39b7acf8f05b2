import DiskFormats
import MusterBase

/// Reads the headers of a tar archive from its beginning to its end.
struct TreeScan {
    let file: RandomAccessFile
    /// Where the next header begins; after ``entries()``, where the end mark does.
    private(set) var offset: UInt64 = 0
    /// What the extended headers before an entry say about it.
    private var records: [TarRecords.Record] = []
    private var longPath: [UInt8]?
    private var longLink: [UInt8]?

    /// Extended headers hold paths and attributes: more is no honest archive.
    private static let longestExtended: UInt64 = 1 << 20
    /// PATH_MAX of Linux.
    private static let longestPath = 4096
    static let attributePrefix = "SCHILY.xattr."

    init(file: RandomAccessFile) { self.file = file }

    mutating func entries() throws -> [TreeEntry] {
        var entries: [TreeEntry] = []
        while true {
            let block = try file.read(at: offset, upTo: TarHeader.length)
            guard !block.isEmpty else {
                throw MusterError(.malformed, "\(file.path) ends early: it has no end mark")
            }
            guard let header = try TarHeader.decode(block[...]) else { return entries }
            offset += UInt64(TarHeader.length)
            if try takeExtended(header) { continue }
            let entry = try takeEntry(header, block)
            entries.append(entry)
        }
    }

    /// Keeps what an extended header says; false when the header is no such one.
    private mutating func takeExtended(_ header: TarHeader) throws -> Bool {
        switch header.kind {
        case .extendedGlobal:
            // Only comments stand there in the archives of GNU tar.
            try skip(header)
        case .extended:
            records += try TarRecords.decode(try extendedContent(header))
        case .longPath:
            longPath = Array(try extendedContent(header).prefix { $0 != 0 })
        case .longLink:
            longLink = Array(try extendedContent(header).prefix { $0 != 0 })
        case .other(let flag):
            let name = String(decoding: [flag], as: UTF8.self)
            throw MusterError(.unsupported, "\(file.path) has an entry of kind '\(name)', which no root tree needs")
        default: return false
        }
        return true
    }

    private mutating func extendedContent(_ header: TarHeader) throws -> [UInt8] {
        guard header.size <= Self.longestExtended else {
            throw MusterError(.malformed, "\(file.path) has an extended header of \(header.size) octets")
        }
        let content = try file.read(at: offset, exactly: Int(header.size))
        try skip(header)
        return content
    }

    /// - Parameter block: that the header was read from.
    private mutating func takeEntry(_ plain: TarHeader, _ block: [UInt8]) throws -> TreeEntry {
        var header = plain
        var names = TarHeader.names(in: block)
        if let longPath { names.path = longPath }
        if let longLink { names.linkTarget = longLink }
        var attributes: [TarRecords.Record] = []
        for record in records {
            let text = String(decoding: record.value, as: UTF8.self)
            switch record.key {
            case "path": names.path = record.value
            case "linkpath": names.linkTarget = record.value
            case "size": header.size = try number(text, of: record.key)
            case "uid": header.owner = try number(text, of: record.key)
            case "gid": header.group = try number(text, of: record.key)
            case "mtime": header.modificationTime = try time(text)
            case let key where key.hasPrefix("GNU.sparse"):
                throw MusterError(.unsupported, "\(file.path) has a sparse file, \(plain.path)")
            case let key where key.hasPrefix(Self.attributePrefix): attributes.append(record)
            default: break
            }
        }
        (records, longPath, longLink) = ([], nil, nil)
        header.path = try text(names.path, "the path")
        if header.kind == .symbolicLink || header.kind == .hardLink {
            header.linkTarget = try text(names.linkTarget, "what \(header.path) is a link to,")
        }
        let path = Self.cleaned(header.path)
        guard !TreeName.names(on: path).contains(TreeName("..")), !path.utf8.contains(0) else {
            throw MusterError(.malformed, "\(file.path): the path \(path) leaves the tree")
        }
        guard path.utf8.count <= Self.longestPath else {
            throw MusterError(
                .malformed, "\(file.path) has a path of \(path.utf8.count) octets, which no system takes")
        }
        let entry = TreeEntry(path: path, header: header, attributes: attributes, contentOffset: offset)
        try skip(header)
        return entry
    }

    /// A name in another encoding would become another name.
    private func text(_ octets: [UInt8], _ what: String) throws -> String {
        guard let text = String(validating: octets, as: UTF8.self) else {
            throw MusterError(
                .unsupported, "\(file.path): \(what) \(String(decoding: octets, as: UTF8.self)) is not UTF-8",
                advice: "rename it, or leave it out")
        }
        return text
    }

    private func number(_ text: String, of key: String) throws -> UInt64 {
        guard let value = UInt64(text), value <= UInt64(Int64.max) else {
            throw MusterError(.malformed, "\(file.path): '\(text)' is no \(key) in an extended header")
        }
        return value
    }

    /// Seconds since 1970, of what may be before; fractions are left out.
    private func time(_ text: String) throws -> Int64 {
        guard let value = Int64(text.prefix { $0 != "." }) else {
            throw MusterError(.malformed, "\(file.path): '\(text)' is no time in an extended header")
        }
        return value
    }

    private mutating func skip(_ header: TarHeader) throws {
        let (next, overflow) = offset.addingReportingOverflow(header.contentLength)
        guard !overflow, next <= UInt64(Int64.max) else {
            throw MusterError(.malformed, "\(file.path) has an entry of \(header.size) octets")
        }
        offset = next
    }

    /// Without `./`, leading and doubled slashes.
    static func cleaned(_ path: String) -> String {
        TreeName.names(on: path).map(\.text).filter { $0 != "." }.joined(separator: "/")
    }
}
