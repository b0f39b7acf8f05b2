import LinuxSystem
import MusterBase
import Synchronization

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif

/// Where lines for people at the machine go.
public protocol LineOutput: Sendable {
    /// Shows one line.
    func line(_ text: String)
}

/// All consoles that the kernel prints to, and its log, so that the lines are in the journal of the booted system too.
public final class BootConsole: LineOutput {
    private let consoles: [String]
    private let sinceBoot: @Sendable () -> Duration

    public init(sinceBoot: @escaping @Sendable () -> Duration = { SystemClock.sinceBoot }) {
        self.sinceBoot = sinceBoot
        let listed = (try? Files.readText("/proc/consoles", limit: 65536)) ?? ""
        let names = ConsoleNames.parse(listed)
        consoles = names.isEmpty ? ["/dev/console"] : names.map { "/dev/" + $0 }
    }

    public func line(_ text: String) {
        let clean = String(text.map { $0.isNewline ? " " : $0 })
        let bytes = Array("[\(ConsoleNames.seconds(sinceBoot()))] muster: \(clean)\r\n".utf8)
        for path in consoles { write(bytes, to: path) }
        // Level 7 (debug) of facility 1 (user): kept in the kernel's log, and not printed once more.
        write(Array("<15>muster: \(clean)\n".utf8), to: "/dev/kmsg")
    }

    /// A serial line that nobody listens at must not stop the machine, so nothing waits here.
    private func write(_ bytes: [UInt8], to path: String) {
        let descriptor = open(path, O_WRONLY | O_NOCTTY | O_CLOEXEC | O_NONBLOCK)
        guard descriptor >= 0 else { return }
        defer { close(descriptor) }
        var rest = bytes[...]
        var patience = 200
        while !rest.isEmpty, patience > 0 {
            let count = rest.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
            if count > 0 {
                rest = rest.dropFirst(count)
            } else if errno == EAGAIN || errno == EINTR {
                patience -= 1
                usleep(1000)
            } else {
                return
            }
        }
    }
}

/// Pure parts of the console.
public enum ConsoleNames {
    /// The device names in /proc/consoles that can be written to, the preferred one last.
    public static func parse(_ text: String) -> [String] {
        text.split(separator: "\n").compactMap { line in
            let words = line.split(whereSeparator: \.isWhitespace)
            guard let name = words.first, words.count > 1, words[1].contains("W") else { return nil }
            // `tty0` and `tty` are the foreground console by another name.
            return name == "tty" ? "tty0" : String(name)
        }.reversed()
    }

    /// Seconds with three decimals, in a width of ten, as the kernel prints them.
    public static func seconds(_ duration: Duration) -> String {
        let (whole, attoseconds) = duration.components
        let milliseconds = String(attoseconds / 1_000_000_000_000_000)
        let text = "\(whole)." + String(repeating: "0", count: 3 - milliseconds.count) + milliseconds
        return String(repeating: " ", count: max(0, 10 - text.count)) + text
    }
}

extension ConsoleNames {
    /// A duration in seconds with one decimal, such as `3.2 s`.
    public static func brief(_ duration: Duration) -> String {
        let (whole, attoseconds) = duration.components
        return "\(whole).\(attoseconds / 100_000_000_000_000_000) s"
    }
}
