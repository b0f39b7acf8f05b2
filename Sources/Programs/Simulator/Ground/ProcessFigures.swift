import Glibc
import LinuxSystem
import MusterBase

/// What a process has used so far.
public struct ProcessFigures: Sendable, Hashable {
    /// Processor time, of the process and of the kernel for it.
    public var processorTime: Duration
    /// The most memory that it ever held, in octets.
    public var peakMemory: Int64

    /// Reads `/proc`. Throws ``MusterError`` when there is no such process, or only what is left of one.
    public static func read(process: Int32) throws(MusterError) -> ProcessFigures {
        guard let line = try? Files.readText("/proc/\(process)/stat", limit: 4096),
            let status = try? Files.readText("/proc/\(process)/status", limit: 65_536),
            // The name in parentheses may have blanks.
            let close = line.lastIndex(of: ")")
        else { throw missing(process) }
        let fields = line[line.index(after: close)...].split(separator: " ")
        let peak = status.split(separator: "\n").first { $0.hasPrefix("VmHWM:") }.flatMap {
            Int64($0.filter(\.isNumber))
        }
        guard fields.count > 13, let user = Int64(fields[11]), let system = Int64(fields[12]), let peak else {
            throw missing(process)
        }
        let ticks = Int64(max(1, sysconf(Int32(_SC_CLK_TCK))))
        return ProcessFigures(
            processorTime: .milliseconds((user + system) * 1000 / ticks), peakMemory: peak * 1024)
    }

    private static func missing(_ process: Int32) -> MusterError {
        MusterError(.systemFailure, "what process \(process) has used cannot be read: it does not run any more")
    }
}
