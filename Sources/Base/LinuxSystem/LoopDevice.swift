import CLinux
import MusterBase

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif

/// A file that the kernel shows as a block device.
public enum LoopDevice {
    /// Binds a loop device read-only to the file at `path` and calls `use` with the device's path, such as
    /// `/dev/loop0`. The device stays while it is mounted and goes with the last mount.
    ///
    /// - Parameter isDirect: true to keep nothing of the file in the page cache on its way to the device: for a file
    ///   that is kept elsewhere already. Where that cannot be, it is kept.
    public static func withReadOnly<Result>(
        _ path: String, isDirect: Bool = false, _ use: (String) throws -> Result
    ) throws -> Result {
        let file = open(path, O_RDONLY | O_CLOEXEC)
        guard file >= 0 else { throw systemError("cannot open \(path)") }
        defer { close(file) }
        var number: Int32 = -1
        let device = muster_loop_configure(file, isDirect ? 1 : 0, &number)
        guard device >= 0 else { throw systemError("cannot bind a loop device to \(path)") }
        defer { close(device) }
        return try use("/dev/loop\(number)")
    }
}
