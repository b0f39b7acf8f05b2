import Foundation

/// One machine that boots in the lab.
struct BootBenchmark: Benchmark {
    static let name = "boot"
    static let summary =
        "one virtual machine with BIOS in the lab, from the kernel's start to deployed; emulated without KVM"
    static let promises = [
        "initramfs for the Debian cloud kernel", "kernel start to deployed", "memory of the agent after switching root",
    ]

    func run(_ bench: Bench) async throws {
        let image = try KeptImage(bench)
        if access("\(image.directory)/public/os/\(KeptImage.name)", F_OK) != 0 {
            try image.muster(["profile", "create", KeptImage.name, KeptImage.name])
        }
        var info = stat()
        guard stat(try image.file("initramfs"), &info) == 0 else { throw BenchError("there is no initramfs") }
        let key = "\(bench.work)/administrator"
        try bench.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", key])
        bench.add(Row(BootBenchmark.promises[0], unit: "MB", [Double(info.st_size) / 1e6], goal: .atMost(45)))
        let line = try String(contentsOfFile: "\(key).pub", encoding: .utf8).trimmingCharacters(in: .newlines)
        defer { _ = try? image.muster(["lab", "down"]) }
        try image.muster(["lab", "up", "--nodes", "1", "--firmware", "bios"])
        try image.muster(["node", "set", "n1", "trust.root_keys=\(line)"])
        try image.muster(
            ["deploy", "n1", KeptImage.name, "--yes", "--force", "--wait", "--timeout", "4m"], seconds: 300)
        bench.add(
            Row(BootBenchmark.promises[1], unit: "s", [try bootTime(image)], goal: .atMost(60)))
        bench.add(Row(BootBenchmark.promises[2], unit: "MB", [try agentMemory(image, key)], goal: .atMost(30)))
    }

    private func bootTime(_ image: KeptImage) throws -> Double {
        let trace = try image.muster(["trace", "n1"])
        let words = trace.split(separator: "\n").last { $0.contains(" s after its kernel started") }
        let number = words?.split(separator: ";").last?.split(separator: " ").first.flatMap { Double($0) }
        guard let number else { throw BenchError("the trace does not say when the kernel started") }
        return number
    }

    private func agentMemory(_ image: KeptImage, _ key: String) throws -> Double {
        let text = try image.muster([
            "lab", "exec", "--", "ssh", "-i", key, "-o", "IdentitiesOnly=yes", "-o",
            "UserKnownHostsFile=\(image.directory)/public/site/ssh_known_hosts", "root@10.88.0.11",
            "cat /proc/$(pidof muster-agent)/status",
        ])
        let line = text.split(separator: "\n").first { $0.hasPrefix("VmRSS:") }
        guard
            let kibibytes = line?.split(whereSeparator: { " \t".contains($0) }).dropFirst().first.flatMap({ Double($0) }
            )
        else { throw BenchError("the agent does not run on n1") }
        return kibibytes * 1024 / 1e6
    }
}
