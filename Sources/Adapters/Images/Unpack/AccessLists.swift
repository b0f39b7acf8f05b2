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
    /// Does nothing for who is not root: the files are not the caller's then.
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
            guard let value = ExtendedAttributes.value(of: stored, at: path) else { continue }
            try ExtendedAttributes.set(StoredAttribute.own(stored), to: value, at: path)
            try ExtendedAttributes.remove(stored, at: path)
        }
    }
}
