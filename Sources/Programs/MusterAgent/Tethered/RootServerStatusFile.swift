import CLinux
import LinuxSystem
import MusterAPI

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif

/// Writes ``RootServerStatus`` for the agent of the booted system to find.
final class RootServerStatusFile: Sendable {
    /// Held, as its path means nothing to this process once the root is switched.
    private let directory: Int32
    private let file: LazyFile
    private let members: MemberChunks
    private let refusals: RefusalLog
    private let place: AttachedDisk

    init(directory path: String, file: LazyFile, members: MemberChunks, refusals: RefusalLog, place: AttachedDisk) {
        directory = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        self.file = file
        self.members = members
        self.refusals = refusals
        self.place = place
    }

    deinit { if directory >= 0 { close(directory) } }

    /// Writes it each ten seconds when it has changed, and gives memory back when nothing was fetched in that time;
    /// until cancelled.
    func keep() async {
        guard directory >= 0 else { return }
        var last: RootServerStatus?
        var rests = 0
        repeat {
            let status = RootServerStatus(file, disk: place.disk, refusals: refusals.lines)
            rests = status.fetched == last?.fetched ? rests + 1 : 0
            // Connections take a moment to close: what they held is free at the second look.
            if (1...2).contains(rests) {
                file.rest()
                members.rest()
                muster_trim_memory()
            }
            if status != last {
                // The initramfs's /proc stays where this process can see it.
                let path = "/proc/self/fd/\(directory)/\(RootServerStatus.fileName)"
                try? AtomicFile.write(MusterJSON.encode(status), to: path, mode: 0o600)
            }
            last = status
        } while (try? await Task.sleep(for: RootServerStatus.interval)) != nil
    }
}
