import MusterBase

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif

/// Options that every file system understands (mount(2)).
public struct MountFlags: OptionSet, Sendable {
    public let rawValue: UInt

    public init(rawValue: UInt) { self.rawValue = rawValue }

    public static let readOnly = MountFlags(rawValue: 1)
    public static let noSetUID = MountFlags(rawValue: 2)
    public static let noDevices = MountFlags(rawValue: 4)
    public static let noExecution = MountFlags(rawValue: 8)
    public static let bind = MountFlags(rawValue: 4096)
    /// With ``bind``: also what is mounted below.
    public static let recursive = MountFlags(rawValue: 16384)
    static let move = MountFlags(rawValue: 8192)
}

/// The mount table.
public enum Mounts {
    /// Mounts a file system on a directory, which has to be there.
    ///
    /// - Parameter data: Options of that kind of file system, such as `size=1g`.
    public static func mount(
        _ type: String, from source: String, at target: String, flags: MountFlags = [], data: String = ""
    ) throws {
        guard Glibc.mount(source, target, type, flags.rawValue, data) == 0 else {
            throw systemError("cannot mount \(type) on \(target)")
        }
    }

    /// Takes a mounted file system, and all that is mounted below it, to another directory.
    public static func move(_ source: String, to target: String) throws {
        guard Glibc.mount(source, target, nil, MountFlags.move.rawValue, nil) == 0 else {
            throw systemError("cannot move the mount \(source) to \(target)")
        }
    }

    public static func unmount(_ target: String) throws {
        guard umount2(target, 0) == 0 else { throw systemError("cannot unmount \(target)") }
    }

    /// Takes a file system out of the tree at once, whoever still uses it, and tells it to answer nobody any more where
    /// it depends on something else (a server of FUSE or NFS).
    public static func abandon(_ target: String) { _ = umount2(target, Int32(MNT_FORCE | MNT_DETACH)) }

    /// Takes a file system out of the tree of directories. Who has it open goes on using it; it ends with the last.
    public static func detach(_ target: String) throws {
        guard umount2(target, Int32(MNT_DETACH)) == 0 else { throw systemError("cannot detach \(target)") }
    }

    /// The mount points of block devices at a directory and below it, the innermost first, out of the text of
    /// `/proc/self/mounts` (proc(5)).
    package static func ofDevices(at directory: String, in table: String) -> [String] {
        let places = table.split(separator: "\n").compactMap { line -> String? in
            let fields = line.split(separator: " ")
            guard fields.count > 2, fields[0].hasPrefix("/dev/") else { return nil }
            let isBelow = fields[1] == directory || fields[1].hasPrefix(directory + "/")
            return isBelow ? String(fields[1]) : nil
        }
        // Nothing is longer than what lies below it.
        return places.sorted { $0.utf8.count > $1.utf8.count }
    }

    /// True when another file system begins at this directory.
    public static func isMountPoint(_ path: String) -> Bool {
        var here = stat()
        var above = stat()
        guard lstat(path, &here) == 0, lstat(path + "/..", &above) == 0 else { return false }
        return here.st_dev != above.st_dev || here.st_ino == above.st_ino
    }
}
