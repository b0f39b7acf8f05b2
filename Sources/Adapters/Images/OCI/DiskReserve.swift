import LinuxSystem
import MusterBase
import Synchronization

/// The part of a disk that stays free, whatever an archive unpacks to: the service keeps its store on it.
package struct DiskReserve: Sendable {
    /// In octets.
    let octets: Int64
    /// Octets that are free for this user on the file system of a directory.
    let freeSpace: @Sendable (String) throws -> Int64

    package init(
        octets: Int64 = 256 << 20,
        freeSpace: @escaping @Sendable (String) throws -> Int64 = { try Files.freeSpace(at: $0) }
    ) {
        self.octets = octets
        self.freeSpace = freeSpace
    }

    /// - Throws: ``MusterError`` `exhausted` when so many octets more would not leave it.
    func require(_ more: Int64, in directory: String) throws {
        let free = try freeSpace(directory)
        let (needed, overflow) = more.addingReportingOverflow(octets)
        guard overflow || needed > free else { return }
        throw MusterError(
            .exhausted,
            "the container image takes more than \(directory) has: \(free >> 20) MiB are free, of which "
                + "\(octets >> 20) are to stay so",
            advice: "make room, or have the state directory on a larger disk")
    }
}

/// A new file of which nobody knows how long it gets.
final class ReservingFile: Sendable {
    private struct State {
        var file: OutputFile
        /// Octets since the disk was looked at.
        var unseen = 0
    }

    private let reserve: DiskReserve
    private let directory: String
    private let state: Mutex<State>

    private static let step = 1 << 20

    init(_ path: String, reserve: DiskReserve) throws {
        self.reserve = reserve
        directory = FilePathText.parent(of: path)
        try reserve.require(0, in: directory)
        state = Mutex(State(file: try OutputFile(path, mode: 0o600)))
    }

    /// Throws ``MusterError`` `exhausted` when the reserve would be touched.
    func append(_ octets: [UInt8]) throws {
        try state.withLock { state in
            state.unseen += octets.count
            if state.unseen >= Self.step {
                try reserve.require(Int64(octets.count), in: directory)
                state.unseen = 0
            }
            try state.file.append(octets)
        }
    }
}
