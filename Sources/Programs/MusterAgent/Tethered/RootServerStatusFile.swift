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

    init(directory path: String, file: LazyFile) {
        directory = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        self.file = file
    }

    deinit { if directory >= 0 { close(directory) } }

    /// Writes it each ten seconds when it has changed, until cancelled.
    func keep() async {
        guard directory >= 0 else { return }
        var last: RootServerStatus?
        repeat {
            let progress = file.progress
            let status = RootServerStatus(
                chunks: progress.count, fetched: progress.fetched, kept: progress.stored,
                isComplete: progress.isComplete, askedOrder: file.askedOrder)
            if status != last {
                // The initramfs's /proc stays where this process can see it.
                let path = "/proc/self/fd/\(directory)/\(RootServerStatus.fileName)"
                try? AtomicFile.write(MusterJSON.encode(status), to: path, mode: 0o600)
            }
            last = status
        } while (try? await Task.sleep(for: .seconds(10))) != nil
    }
}
