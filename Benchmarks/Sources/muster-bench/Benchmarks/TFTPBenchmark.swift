import Foundation

/// One file of 64 MiB over TFTP to 32 clients at once.
struct TFTPBenchmark: Benchmark {
    static let name = "tftp"
    static let summary = """
        a file of 64 MiB to 32 clients of one load program over loopback, blksize 1468: the first \
        time until each has had it whole, then for three seconds; the server has one processor
        """
    static let promises = ["TFTP, windowsize 1", "TFTP, windowsize 16"]

    private static let size = 64 << 20
    private static let clients = 32
    private static let own = "127.0.0.1"

    func run(_ bench: Bench) async throws {
        let space = try NetworkNamespace("tftp", bench)
        // With addresses 127.* alone, tftpd-hpa cannot resolve the one that it is to listen on (AI_ADDRCONFIG).
        try bench.run(["ip", "-n", space.name, "address", "add", "192.0.2.1/32", "dev", "lo"])
        let site = try MusterSite("tftp", networks: ["lo"], bench)
        let root = try bench.directory("tftp/public/bench")
        let content = "\(root)/large"
        try bench.randomFile(content, octets: TFTPBenchmark.size)
        let musterd = try site.start(in: space)
        try musterd.waitForPort(MusterSite.tftp, .udp)
        let others = [
            try TFTPDServer.start(root, address: "127.0.0.2", port: 6970, in: space, bench),
            try DnsmasqServer.startTFTP(root, address: "127.0.0.3", in: space, bench),
        ]
        defer { for process in others { process.stop() } }
        // The peers have no windows: for them both are the same.
        var checked: Set<String> = []
        for window in [1, 16] {
            var windows: [String: Int] = [:]
            var silences: [String: Int] = [:]
            func party(_ name: String, _ address: String, _ port: UInt16, _ file: String) -> (
                String, () throws -> Double
            ) {
                (
                    name,
                    {
                        let isNew = checked.insert("\(name), \(address == Self.own ? window : 1)").inserted
                        let outcome = try measure(
                            address, port, file, content, window, areWhole: isNew, space, bench)
                        windows[name] = outcome.windowSize
                        silences[name, default: 0] += outcome.silences
                        bench.say("\(name), windowsize \(outcome.windowSize): \(Int(outcome.octets / 1e6)) MB/s")
                        return outcome.octets / 1e6
                    }
                )
            }
            let measured = try alternating(
                bench.rounds,
                [
                    party("muster", Self.own, MusterSite.tftp, "bench/large"),
                    party("tftpd-hpa", "127.0.0.2", 6970, "large"),
                    party("dnsmasq", "127.0.0.3", 69, "large"),
                ])
            let agreed = windows.sorted { $0.key < $1.key }.map { "\($0.key) \($0.value)" }.joined(separator: ", ")
            let asked = silences.filter { $0.value > 0 }.sorted { $0.key < $1.key }.map { "\($0.key) \($0.value)" }
            var notes = ["windowsize that was agreed to: \(agreed)"]
            if !asked.isEmpty { notes.append("times that a client asked again: \(asked.joined(separator: ", "))") }
            bench.add(
                Row(
                    "TFTP, windowsize \(window)", unit: "MB/s", better: .higher, measured, goal: .ratio(atLeast: 1),
                    notes: notes))
        }
    }

    private func measure(
        _ address: String, _ port: UInt16, _ file: String, _ content: String, _ window: Int, areWhole: Bool,
        _ space: NetworkNamespace, _ bench: Bench
    ) throws -> TFTPLoad.Outcome {
        let text = try bench.run(
            space.command(
                [
                    try ownProgram(), "tftp-load", address, String(port), file, content, "1468", String(window),
                    String(TFTPBenchmark.clients), "3", areWhole ? "whole" : "part",
                ], processor: Bench.loadProcessor), seconds: 200)
        let outcome = try JSONDecoder().decode(TFTPLoad.Outcome.self, from: Data(text.utf8))
        guard !areWhole || outcome.files >= TFTPBenchmark.clients else {
            throw BenchError("\(outcome.files) whole files for \(TFTPBenchmark.clients) clients of \(address)")
        }
        return outcome
    }
}

/// The path of this program, which plays the clients in a namespace and on a processor of their own.
func ownProgram() throws -> String {
    guard let path = realpath("/proc/self/exe", nil) else { throw BenchError("cannot find this program") }
    defer { free(path) }
    return String(cString: path)
}
