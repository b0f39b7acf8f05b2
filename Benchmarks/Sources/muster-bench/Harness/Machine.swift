import Foundation

/// What the figures were measured on.
struct Machine: Codable, Sendable {
    var processor: String
    var cores: Int
    /// In GB, of 1,000,000,000 octets.
    var memory: Double
    var kernel: String
    var system: String
    var date: String
    var commit: String
    /// Of the peers and load programs.
    var versions: [String: String]
    /// Programs that wanted a processor in the minute before the run; figures taken beside other work are not worth much.
    var load: Double

    static func here(commit: String, _ bench: Bench) -> Machine {
        func text(_ path: String) -> String { (try? String(contentsOfFile: path, encoding: .utf8)) ?? "" }
        func field(_ text: String, _ key: String, _ separator: Character) -> String {
            let line = text.split(separator: "\n").first { $0.hasPrefix(key) }
            let value = line?.split(separator: separator, maxSplits: 1).dropFirst().first ?? "unknown"
            return value.trimmingCharacters(in: CharacterSet(charactersIn: " \t\""))
        }
        let kibibytes = field(text("/proc/meminfo"), "MemTotal", ":").split(separator: " ").first.flatMap { Double($0) }
        let formatter = ISO8601DateFormatter()
        return Machine(
            processor: field(text("/proc/cpuinfo"), "model name", ":"),
            cores: ProcessInfo.processInfo.processorCount, memory: (kibibytes ?? 0) * 1024 / 1e9,
            kernel: text("/proc/sys/kernel/osrelease").trimmingCharacters(in: .whitespacesAndNewlines),
            system: field(text("/etc/os-release"), "PRETTY_NAME", "="), date: formatter.string(from: Date()),
            commit: commit, versions: versions(bench),
            load: text("/proc/loadavg").split(separator: " ").first.flatMap { Double($0) } ?? 0)
    }

    private static let packages = [
        "kea": "kea-dhcp4-server", "dnsmasq": "dnsmasq-base", "tftpd-hpa": "tftpd-hpa", "nginx": "nginx", "wrk": "wrk",
        "mksquashfs": "squashfs-tools", "ssh-keygen": "openssh-client", "hyperfine": "hyperfine",
        "perfdhcp": "kea-admin", "casync": "casync",
    ]

    private static func versions(_ bench: Bench) -> [String: String] {
        var versions: [String: String] = [:]
        for (name, package) in packages {
            let text = try? bench.run(["dpkg-query", "--show", "--showformat=${Version}", package])
            if let text, !text.isEmpty { versions[name] = text }
        }
        let python = "\(bench.kept)/clustershell/bin/python"
        let program = "import ClusterShell; print(ClusterShell.__version__)"
        if let text = try? bench.run([python, "-c", program]) {
            versions["clustershell"] = text.trimmingCharacters(in: .whitespacesAndNewlines)
        }
        if let text = try? bench.run([bench.muster, "--version"]) {
            versions["muster"] = text.trimmingCharacters(in: .whitespacesAndNewlines)
        }
        return versions
    }
}
