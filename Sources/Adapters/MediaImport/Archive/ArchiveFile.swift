import CArchive
import Media
import MusterBase

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif

/// An ISO image or a tar archive, read from its beginning to its end by libarchive.
final class ArchiveFile {
    private let archive: OpaquePointer
    private let path: String
    /// Whether an entry was found.
    private var hasBegun = false

    /// So much is read from the file at once.
    private static let blockSize = 1 << 20
    private static let regular: UInt32 = 0o100000
    private static let directory: UInt32 = 0o040000
    private static let symbolicLink: UInt32 = 0o120000

    /// An entry as the archive has it: nothing of it was looked at.
    struct Header {
        var name: [UInt8]
        var kind: Kind
        var size: Int64
        var modified: Int64

        enum Kind {
            case file
            case directory
            case link(String)
            case hardLink([UInt8])
            /// A device, a FIFO, a socket.
            case other
        }
    }

    /// - Throws: ``MusterError`` `unsupported` for a file that is no such archive.
    init(_ path: String) throws(MusterError) {
        guard let archive = archive_read_new() else { throw MusterError(.exhausted, "no memory for reading \(path)") }
        self.archive = archive
        self.path = path
        // These alone: libarchive knows formats that no medium has, and runs programs for some compressions.
        archive_read_support_filter_gzip(archive)
        archive_read_support_filter_bzip2(archive)
        archive_read_support_filter_xz(archive)
        archive_read_support_filter_zstd(archive)
        archive_read_support_format_iso9660(archive)
        archive_read_support_format_tar(archive)
        guard archive_read_open_filename(archive, path, Self.blockSize) == ARCHIVE_OK else {
            throw failure("cannot open \(path)")
        }
    }

    deinit { archive_read_free(archive) }

    /// The next entry; nil behind the last. What was not read of the one before is passed over.
    func next() throws(MusterError) -> Header? {
        var entry: OpaquePointer?
        while true {
            let result = archive_read_next_header(archive, &entry)
            if result == ARCHIVE_EOF { return nil }
            if result == ARCHIVE_RETRY { continue }
            // A warning is about a name or an attribute, which is looked at below.
            guard result == ARCHIVE_OK || result == ARCHIVE_WARN, let entry else {
                throw failure("cannot read \(path)")
            }
            hasBegun = true
            return try header(entry)
        }
    }

    private func header(_ entry: OpaquePointer) throws(MusterError) -> Header {
        guard let name = archive_entry_pathname(entry) ?? archive_entry_pathname_utf8(entry) else {
            throw MusterError(.malformed, "\(path) has an entry whose name cannot be read")
        }
        let kind: Header.Kind
        if let target = archive_entry_hardlink(entry) ?? archive_entry_hardlink_utf8(entry) {
            kind = .hardLink(octets(target))
        } else {
            switch UInt32(archive_entry_filetype(entry)) & 0o170000 {
            case Self.regular: kind = .file
            case Self.directory: kind = .directory
            case Self.symbolicLink:
                let target = archive_entry_symlink(entry) ?? archive_entry_symlink_utf8(entry)
                kind = .link(target.map { String(decoding: octets($0), as: UTF8.self) } ?? "")
            default: kind = .other
            }
        }
        return Header(
            name: octets(name), kind: kind, size: archive_entry_size(entry), modified: Int64(archive_entry_mtime(entry))
        )
    }

    private func octets(_ text: UnsafePointer<CChar>) -> [UInt8] {
        var octets: [UInt8] = []
        var next = text
        while next.pointee != 0 {
            octets.append(UInt8(bitPattern: next.pointee))
            next += 1
        }
        return octets
    }

    /// Hands the content of the entry that ``next()`` gave last to `take`; holes are zeros.
    ///
    /// - Throws: `malformed` when it is not as long as the entry says.
    func read(size: Int64, _ take: (UnsafeRawBufferPointer) throws -> Void) throws {
        var position: Int64 = 0
        while true {
            var start: UnsafeRawPointer?
            var count = 0
            var offset: la_int64_t = 0
            let result = archive_read_data_block(archive, &start, &count, &offset)
            if result == ARCHIVE_EOF { break }
            if result == ARCHIVE_RETRY { continue }
            guard result == ARCHIVE_OK || result == ARCHIVE_WARN else { throw failure("cannot read \(path)") }
            guard offset >= position, offset <= size, Int64(count) <= size - offset else { throw lengthError() }
            try fill(Int64(offset) - position, take)
            try take(UnsafeRawBufferPointer(start: start, count: count))
            position = Int64(offset) + Int64(count)
        }
        // A hole at the end is not told of.
        guard position == size || isSparse && position < size else { throw lengthError() }
        try fill(size - position, take)
    }

    private static let zeros = [UInt8](repeating: 0, count: 1 << 20)

    private func fill(_ count: Int64, _ take: (UnsafeRawBufferPointer) throws -> Void) throws {
        var left = count
        while left > 0 {
            let piece = Int(min(left, Int64(Self.zeros.count)))
            try Self.zeros.withUnsafeBytes { try take(UnsafeRawBufferPointer(rebasing: $0[..<piece])) }
            left -= Int64(piece)
        }
    }

    /// Only tar has sparse files.
    private var isSparse: Bool { archive_format(archive) & ARCHIVE_FORMAT_BASE_MASK == ARCHIVE_FORMAT_TAR }

    private func lengthError() -> MusterError {
        MusterError(.malformed, "\(path) has a file that is not as long as it says", advice: "get it again")
    }

    private func failure(_ doing: String) -> MusterError {
        let reason = archive_error_string(archive).map { String(cString: $0) } ?? "unknown reason"
        // libarchive's number for "no format that it knows", and for a broken file of one that it does.
        let code: MusterError.Code = archive_errno(archive) == EILSEQ && !hasBegun ? .unsupported : .malformed
        return MusterError(
            code, "\(doing): \(EntryName.printed(Array(reason.utf8)))",
            advice: "media are ISO images, tar archives (also with gzip, bzip2, xz or zstd) and directories")
    }
}
