import CLoad
import Foundation

/// What this machine can do at most on one processor: the bounds that docs/performance.md speaks of.
struct LimitsBenchmark: Benchmark {
    static let name = "limits"
    static let summary = "what this machine can do at most on one processor: memory, system calls, and `openssl speed`"
    static let promises = [
        "copy of 64 MiB in memory", "system calls (getppid)", "datagrams over loopback, there and back",
        "AES-128-GCM, records of 16 KiB", "SHA-256, blocks of 16 KiB", "ECDSA P-256 signatures",
        "X25519 key agreements",
        "Ed25519 signatures",
    ]

    func run(_ bench: Bench) async throws {
        func row(_ index: Int, _ unit: String, _ measure: () throws -> Double) throws {
            let values = try (0..<bench.rounds).map { _ in try measure() }
            bench.add(
                Row(
                    what: LimitsBenchmark.promises[index], unit: unit, better: .higher,
                    peers: [.init(program: "this machine", median: median(values), rounds: values)], goal: .none))
        }
        try row(0, "MB/s") { try copy() }
        try row(1, "a second", systemCalls)
        try row(2, "a second") { try datagrams() }
        try row(3, "MB/s") { try speed(["-bytes", "16384", "-evp", "aes-128-gcm"], isRate: true, bench) / 1e6 }
        try row(4, "MB/s") { try speed(["-bytes", "16384", "-evp", "sha256"], isRate: true, bench) / 1e6 }
        try row(5, "a second") { try speed(["ecdsap256"], bench) }
        try row(6, "a second") { try speed(["ecdhx25519"], bench) }
        try row(7, "a second") { try speed(["ed25519"], bench) }
    }

    private func copy() throws -> Double {
        let size = 64 << 20
        guard let source = malloc(size), let target = malloc(size) else { throw BenchError("no memory") }
        defer {
            free(source)
            free(target)
        }
        memset(source, 1, size)
        memset(target, 2, size)
        let time = seconds { for _ in 0..<20 { load_copy(target, source, size) } }
        return Double(20 * size) / time / 1e6
    }

    private func systemCalls() -> Double {
        let count = 2_000_000
        return Double(count) / seconds { for _ in 0..<count { _ = getppid() } }
    }

    /// From one socket to another and back in one thread: four system calls, and the way through the kernel twice.
    private func datagrams() throws -> Double {
        var ends: [Int32] = []
        defer { for end in ends { close(end) } }
        var names: [sockaddr_in] = []
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        for _ in 0..<2 {
            let end = socket(AF_INET, Int32(SOCK_DGRAM.rawValue), 0)
            var name = sockaddr_in()
            name.sin_family = sa_family_t(AF_INET)
            name.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
            let isBound = withUnsafeMutablePointer(to: &name) { pointer in
                pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                    bind(end, $0, length) == 0 && getsockname(end, $0, &length) == 0
                }
            }
            guard end >= 0, isBound else { throw BenchError("no socket on loopback") }
            ends.append(end)
            names.append(name)
        }
        for (end, name) in [(ends[0], names[1]), (ends[1], names[0])] {
            var name = name
            let isConnected = withUnsafePointer(to: &name) { pointer in
                pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { connect(end, $0, length) == 0 }
            }
            guard isConnected else { throw BenchError("no connection on loopback") }
        }
        var buffer = [UInt8](repeating: 0, count: 300)
        let count = 200_000
        let time = seconds {
            for _ in 0..<count {
                send(ends[0], buffer, 300, 0)
                recv(ends[1], &buffer, 300, 0)
                send(ends[1], buffer, 300, 0)
                recv(ends[0], &buffer, 300, 0)
            }
        }
        return Double(count) / time
    }

    /// By the form of `-mr`, which is for programs.
    private func speed(_ arguments: [String], isRate: Bool = false, _ bench: Bench) throws -> Double {
        let text = try bench.run(["openssl", "speed", "-seconds", "1", "-mr"] + arguments)
        let line = text.split(separator: "\n").last { $0.hasPrefix("+F") } ?? ""
        let fields = line.split(separator: ":")
        // +F:number:name:octets a second; else …:operations a second:the other figure.
        let field = isRate ? fields.last : fields.dropLast().last
        guard let value = field.flatMap({ Double($0) }), value > 0 else {
            throw BenchError("openssl speed says something else than expected: \(text.suffix(200))")
        }
        return value
    }
}
