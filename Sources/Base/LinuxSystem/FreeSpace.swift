import MusterBase

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif

extension Files {
    /// Octets that are free for this user on the file system of a directory (statvfs(3)).
    public static func freeSpace(at directory: String) throws -> Int64 {
        var status = statvfs()
        guard statvfs(directory, &status) == 0 else {
            throw systemError("cannot look at the file system of \(directory)")
        }
        let (octets, overflow) = Int64(clamping: status.f_bavail)
            .multipliedReportingOverflow(by: Int64(clamping: status.f_frsize))
        return overflow ? .max : octets
    }
}
