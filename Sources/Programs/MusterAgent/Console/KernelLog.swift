import LinuxSystem

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif

/// The kernel's log, held open: for a process that goes on when /dev is another's. The kernel prints the lines on its
/// consoles, also when it was told to be quiet, and the journal of the booted system has them too.
final class KernelLog: LineOutput {
    private let descriptor: Int32

    /// Nothing is written where it cannot be opened.
    init() { descriptor = open("/dev/kmsg", O_WRONLY | O_CLOEXEC | O_NOCTTY) }

    deinit { if descriptor >= 0 { close(descriptor) } }

    func line(_ text: String) {
        // Level 3 (error) of facility 1 (user): one of those that `quiet` lets through.
        let bytes = Array("<11>muster: \(String(text.map { $0.isNewline ? " " : $0 }))\n".utf8)
        guard descriptor >= 0 else { return }
        _ = bytes.withUnsafeBytes { write(descriptor, $0.baseAddress, $0.count) }
    }
}
