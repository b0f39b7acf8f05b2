import LinuxSystem
import MusterBase

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif

/// How much a medium may take.
package struct MediaLimits: Sendable {
    /// Files, directories and links. A whole Debian DVD has some thousands.
    package var entries: Int
    /// Octets that stay free on the file system: the service keeps its store on it.
    package var reserve: Int64
    /// Octets that are free for this user on the file system of a directory.
    package var freeSpace: @Sendable (String) throws -> Int64

    package init(
        entries: Int = 1_000_000, reserve: Int64 = 256 << 20,
        freeSpace: @escaping @Sendable (String) throws -> Int64 = MediaLimits.systemFreeSpace
    ) {
        self.entries = entries
        self.reserve = reserve
        self.freeSpace = freeSpace
    }

    package static let systemFreeSpace: @Sendable (String) throws -> Int64 = { directory in
        var status = statvfs()
        guard statvfs(directory, &status) == 0 else {
            throw systemError("cannot look at the file system of \(directory)")
        }
        let (octets, overflow) = Int64(status.f_bavail).multipliedReportingOverflow(by: Int64(status.f_frsize))
        return overflow ? .max : octets
    }

    /// - Throws: ``MusterError`` `exhausted` when so many octets would not leave the reserve.
    func requireSpace(for octets: Int64, in directory: String) throws {
        let free = try freeSpace(directory)
        let (needed, overflow) = octets.addingReportingOverflow(reserve)
        guard overflow || needed > free else { return }
        throw MusterError(
            .exhausted,
            "the medium has \(octets >> 20) MiB, and \(directory) has \(free >> 20) MiB free, of which \(reserve >> 20) are "
                + "to stay so",
            advice: "make room, or have the state directory on a larger disk")
    }
}
