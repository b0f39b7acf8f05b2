import Glibc
import MusterBase
import Synchronization

/// An exclusive lock on a file beside the store. The kernel lets go of it when the process ends, however it ends.
final class FileLock: Sendable {
    private let descriptor: Mutex<Int32>

    /// Throws `conflict` when another process (or another store of this one) holds it.
    init(_ path: String, of subject: String) throws(MusterError) {
        let file = Glibc.open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        guard file >= 0 else {
            throw MusterError(.systemFailure, "opening the lock \(path): \(String(cString: strerror(errno)))")
        }
        guard flock(file, LOCK_EX | LOCK_NB) == 0 else {
            let holder = FileLock.readHolder(file)
            Glibc.close(file)
            throw MusterError(
                .conflict,
                "the store \(subject) is in use by process \(holder ?? "unknown")",
                advice: "stop the other musterd, or give this one another state directory"
            )
        }
        let text = "\(getpid())\n"
        ftruncate(file, 0)
        _ = text.withCString { pwrite(file, $0, strlen($0), 0) }
        descriptor = Mutex(file)
    }

    deinit { release() }

    /// May be called more than once.
    func release() {
        descriptor.withLock { file in
            // A child that was forked a moment ago has the descriptor until its exec, and the lock with it.
            if file >= 0 {
                flock(file, LOCK_UN)
                Glibc.close(file)
            }
            file = -1
        }
    }

    private static func readHolder(_ file: Int32) -> String? {
        var buffer = [UInt8](repeating: 0, count: 20)
        let count = pread(file, &buffer, buffer.count, 0)
        guard count > 0 else { return nil }
        let digits = buffer[..<count].prefix { $0 >= UInt8(ascii: "0") && $0 <= UInt8(ascii: "9") }
        return digits.isEmpty ? nil : String(decoding: digits, as: UTF8.self)
    }
}
