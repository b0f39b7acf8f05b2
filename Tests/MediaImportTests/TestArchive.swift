import CArchive
import LinuxSystem
import MusterBase

/// Writes archives with entries that no honest program writes.
final class TestArchive {
    enum Form {
        case tar
        case tarGzip
        /// With Rock Ridge and Joliet.
        case iso
        /// ISO 9660 as it was in 1988.
        case plainISO
    }

    private let archive: OpaquePointer

    init(_ path: String, _ form: Form) throws {
        guard let archive = archive_write_new() else { throw MusterError(.exhausted, "no memory") }
        self.archive = archive
        switch form {
        case .tar: archive_write_set_format_pax_restricted(archive)
        case .tarGzip:
            archive_write_set_format_pax_restricted(archive)
            archive_write_add_filter_gzip(archive)
        case .iso:
            archive_write_set_format_iso9660(archive)
            archive_write_set_options(archive, "volume-id=TEST-LABEL")
        case .plainISO:
            archive_write_set_format_iso9660(archive)
            archive_write_set_options(archive, "!rockridge,!joliet,iso-level=1")
        }
        guard archive_write_open_filename(archive, path) == ARCHIVE_OK else {
            throw MusterError(.systemFailure, "cannot write \(path)")
        }
    }

    deinit { archive_write_free(archive) }

    private func add(
        _ name: String, kind: UInt32, size: Int, content: [UInt8] = [], _ change: (OpaquePointer) -> Void = { _ in }
    ) throws {
        guard let entry = archive_entry_new() else { throw MusterError(.exhausted, "no memory") }
        defer { archive_entry_free(entry) }
        archive_entry_set_pathname(entry, name)
        archive_entry_set_filetype(entry, kind)
        archive_entry_set_perm(entry, kind == 0o040000 ? 0o755 : 0o644)
        archive_entry_set_mtime(entry, 1_700_000_000, 0)
        archive_entry_set_size(entry, la_int64_t(size))
        change(entry)
        guard archive_write_header(archive, entry) >= ARCHIVE_WARN else {
            throw MusterError(.systemFailure, "cannot add \(name): \(String(cString: archive_error_string(archive)))")
        }
        if !content.isEmpty, archive_write_data(archive, content, content.count) < 0 {
            throw MusterError(.systemFailure, "cannot write \(name)")
        }
    }

    func file(_ name: String, _ content: [UInt8]) throws {
        try add(name, kind: 0o100000, size: content.count, content: content)
    }

    func file(_ name: String, _ text: String) throws { try file(name, Array(text.utf8)) }

    func directory(_ name: String) throws { try add(name, kind: 0o040000, size: 0) }

    func link(_ name: String, to target: String) throws {
        try add(name, kind: 0o120000, size: 0) { archive_entry_set_symlink($0, target) }
    }

    func hardLink(_ name: String, to first: String) throws {
        try add(name, kind: 0o100000, size: 0) { archive_entry_set_hardlink($0, first) }
    }

    func device(_ name: String) throws {
        try add(name, kind: 0o020000, size: 0) {
            archive_entry_set_rdevmajor($0, 1)
            archive_entry_set_rdevminor($0, 3)
        }
    }

    func fifo(_ name: String) throws { try add(name, kind: 0o010000, size: 0) }

    func close() throws {
        guard archive_write_close(archive) == ARCHIVE_OK else { throw MusterError(.systemFailure, "cannot end it") }
    }

    /// A small tree for network boot, with all that Debian's has; `change` adds to it.
    static func netboot(_ path: String, _ form: Form, _ change: (TestArchive) throws -> Void = { _ in }) throws {
        let archive = try TestArchive(path, form)
        for directory in ["debian-installer", "debian-installer/amd64"] { try archive.directory(directory) }
        for (name, text) in TestMedium.netboot { try archive.file(name, text) }
        try archive.link("pxelinux.0", to: "debian-installer/amd64/pxelinux.0")
        try change(archive)
        try archive.close()
    }
}
