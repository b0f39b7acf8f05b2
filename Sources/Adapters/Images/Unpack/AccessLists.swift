import DiskFormats
import LinuxSystem
import MusterBase

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif

/// Gives access control lists their own names back in an unpacked tree, see ``StoredAttribute``.
enum AccessLists {
    /// Does nothing for who is not root: only root sees the attributes, and unsquashfs wrote none then.
    static func restore(in directory: String) throws {
        guard geteuid() == 0 else { return }
        try restore(at: directory)
        for entry in try Files.entries(in: directory) {
            let path = "\(directory)/\(entry.name)"
            if entry.isDirectory { try restore(in: path) } else { try restore(at: path) }
        }
    }

    private static func restore(at path: String) throws {
        for stored in StoredAttribute.foreign {
            var value = [UInt8](repeating: 0, count: 4096)
            var count = lgetxattr(path, stored, &value, value.count)
            if count < 0, errno == ERANGE {
                value = [UInt8](repeating: 0, count: 65536)
                count = lgetxattr(path, stored, &value, value.count)
            }
            guard count >= 0 else { continue }
            guard lsetxattr(path, StoredAttribute.own(stored), value, count, 0) == 0,
                lremovexattr(path, stored) == 0
            else { throw systemError("cannot set the access list of \(path)") }
        }
    }
}
