import CLinux
import MusterBase

/// The kernel's random generator, by getrandom(2). Unlike a file in /dev it works with nothing mounted, and it waits
/// until the kernel has gathered enough.
public enum KernelRandom {
    public static func bytes(_ count: Int) throws -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: count)
        guard muster_getrandom(&bytes, count) == 0 else { throw systemError("cannot get random octets") }
        return bytes
    }
}
