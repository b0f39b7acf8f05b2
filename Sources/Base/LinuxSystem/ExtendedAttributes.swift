import CLinux
import MusterBase

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif

/// Extended attributes of files, see xattr(7). Symbolic links are not followed.
public enum ExtendedAttributes {
    /// The longest that the kernel takes, in octets.
    private static let longest = 65536

    /// The value of an attribute; nil where there is none that the caller may see.
    public static func value(of name: String, at path: String) -> [UInt8]? {
        var count = lgetxattr(path, name, nil, 0)
        guard count >= 0 else { return nil }
        var value = [UInt8](repeating: 0, count: min(max(count, 1), longest))
        count = lgetxattr(path, name, &value, value.count)
        return count < 0 ? nil : Array(value.prefix(count))
    }

    public static func set(_ name: String, to value: [UInt8], at path: String) throws(MusterError) {
        guard lsetxattr(path, name, value, value.count, 0) == 0 else {
            throw systemError("cannot set the attribute \(name) of \(path)")
        }
    }

    public static func remove(_ name: String, at path: String) throws(MusterError) {
        guard lremovexattr(path, name) == 0 else {
            throw systemError("cannot remove the attribute \(name) of \(path)")
        }
    }
}
