import LinuxSystem
import MusterBase

/// The memory of this host, in MiB.
package struct HostMemory: Sendable, Hashable {
    package var total: Int
    /// What can be had without swapping.
    package var available: Int

    package init(total: Int, available: Int) {
        self.total = total
        self.available = available
    }

    /// From the text of /proc/meminfo; nil when the lines are not there.
    package init?(meminfo: String) {
        func value(_ name: String) -> Int? {
            let line = meminfo.split(separator: "\n").first { $0.hasPrefix("\(name):") }
            return line?.split(separator: " ").dropFirst().first.flatMap { Int($0) }.map { $0 / 1024 }
        }
        guard let total = value("MemTotal"), let available = value("MemAvailable") else { return nil }
        self.init(total: total, available: available)
    }

    static func read() -> HostMemory? { (try? Files.readText("/proc/meminfo")).flatMap { HostMemory(meminfo: $0) } }

    /// Refuses machines that could never have their memory at the same time.
    package func check(machines: Int, mebibytes: Int) throws(MusterError) {
        guard machines * mebibytes > total else { return }
        throw MusterError(
            .exhausted, "\(wanted(machines, mebibytes)), and this host has \(total) MiB in all",
            advice: "make fewer with --nodes, or smaller ones with --memory")
    }

    /// What to say of machines that may not get what they are promised: they take their memory as they use it.
    package func warning(machines: Int, mebibytes: Int) -> String? {
        guard machines * mebibytes > available else { return nil }
        return "muster: \(wanted(machines, mebibytes)), and \(available) MiB of this host are free: it may have to swap"
    }

    private func wanted(_ machines: Int, _ mebibytes: Int) -> String {
        "\(counted(machines, "machine")) with \(mebibytes) MiB each \(machines == 1 ? "needs" : "need") "
            + "\(machines * mebibytes) MiB"
    }
}
