import LinuxSystem
import MusterBase

/// How much a medium may take.
package struct MediaLimits: Sendable {
    /// Files, directories and links. A whole Debian DVD has some thousands.
    package var entries: Int
    /// Octets of lists of checksums and other files that are kept in memory while it is looked at, all together. The lists of
    /// a whole Debian DVD have one million.
    package var contents: Int
    /// Octets of all files of a medium that is only looked at, for which no disk has to have room: more than any disc has, and
    /// what a small archive that was made to unpack for days passes in minutes.
    package var examined: Int64
    /// Octets that stay free on the file system: the service keeps its store on it.
    package var reserve: Int64
    /// Octets that are free for this user on the file system of a directory.
    package var freeSpace: @Sendable (String) throws -> Int64

    package init(
        entries: Int = 1_000_000, contents: Int = 256 << 20, examined: Int64 = 64 << 30, reserve: Int64 = 256 << 20,
        freeSpace: @escaping @Sendable (String) throws -> Int64 = { try Files.freeSpace(at: $0) }
    ) {
        self.entries = entries
        self.contents = contents
        self.examined = examined
        self.reserve = reserve
        self.freeSpace = freeSpace
    }

    /// - Throws: ``MusterError`` `exhausted` when it is more than is read of a medium that is only looked at.
    func requireExaminable(_ octets: Int64) throws(MusterError) {
        guard octets > examined else { return }
        throw MusterError(
            .exhausted, "the medium has more than \(examined >> 20) MiB unpacked, which no medium has",
            advice: "is it a medium? an import takes what there is room for")
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
