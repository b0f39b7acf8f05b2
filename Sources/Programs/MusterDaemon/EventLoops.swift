import LinuxSystem
import NIOCore

/// How many threads serve the network.
enum EventLoops {
    /// One a processor that this process may run on: a service that systemd or taskset keeps to one processor would
    /// otherwise have threads that take turns on it. To be called once, before the first of them is made.
    static func fitProcessors() {
        let status = (try? Files.readText("/proc/self/status", limit: 1 << 16)) ?? ""
        guard let allowed = processors(status: status) else { return }
        NIOSingletons.groupLoopCountSuggestion = max(1, min(System.coreCount, allowed))
    }

    /// The bits that are set in `Cpus_allowed`, a mask in hexadecimal with commas (proc(5)).
    private static func processors(status: String) -> Int? {
        let name = "Cpus_allowed:"
        guard let line = status.split(separator: "\n").first(where: { $0.hasPrefix(name) }) else { return nil }
        let count = line.dropFirst(name.count).reduce(0) { $0 + ($1.hexDigitValue?.nonzeroBitCount ?? 0) }
        return count > 0 ? count : nil
    }
}
