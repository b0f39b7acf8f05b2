import Glibc
import LinuxSystem
import MusterBase

/// What a process has used so far.
public struct ProcessFigures: Sendable, Hashable {
    /// Processor time, of the process and of the kernel for it.
    public var processorTime: Duration
    /// The most memory that it ever held, in octets.
    public var peakMemory: Int64

    /// Reads `/proc`; nil when there is no such process.
    public static func read(process: Int32) -> ProcessFigures? {
        guard let line = try? Files.readText("/proc/\(process)/stat", limit: 4096),
            let status = try? Files.readText("/proc/\(process)/status", limit: 65_536),
            // The name in parentheses may have blanks.
            let close = line.lastIndex(of: ")")
        else { return nil }
        let fields = line[line.index(after: close)...].split(separator: " ")
        guard fields.count > 13, let user = Int64(fields[11]), let system = Int64(fields[12]) else { return nil }
        let ticks = Int64(max(1, sysconf(Int32(_SC_CLK_TCK))))
        let peak =
            status.split(separator: "\n").first { $0.hasPrefix("VmHWM:") }
            .flatMap { Int64($0.filter(\.isNumber)) } ?? 0
        return ProcessFigures(
            processorTime: .milliseconds((user + system) * 1000 / ticks), peakMemory: peak * 1024)
    }
}
