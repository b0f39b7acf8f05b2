import CLoad
import CertificateAuthority
import Foundation

/// SSH host certificates beside a process of ssh-keygen for each.
struct CertificateBenchmark: Benchmark {
    static let name = "certificates"
    static let summary = "SSH host certificates (Ed25519), one after another on one processor"
    static let promises = ["SSH host certificates on one core"]

    func run(_ bench: Bench) async throws {
        let directory = try bench.directory("certificates")
        for name in ["authority", "host"] {
            try bench.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", "\(directory)/\(name)"])
        }
        let line = try String(contentsOfFile: "\(directory)/host.pub", encoding: .utf8)
        let authority = try SiteAuthority.create(at: "\(directory)/site", siteName: "bench")
        let measured = try pinned {
            try alternating(
                bench.rounds,
                [
                    ("muster", { try own(authority, line, seconds: 2) }),
                    ("ssh-keygen", { try keygen(directory, count: 150) }),
                ])
        }
        bench.add(
            Row(
                CertificateBenchmark.promises[0], unit: "a second", better: .higher, measured,
                goal: .ratio(atLeast: 50), notes: ["two principals each; the same key is certified again and again"]))
    }

    /// Keeps this thread and the processes that it starts to the load's processor meanwhile.
    private func pinned<Result>(_ body: () throws -> Result) throws -> Result {
        guard load_pin(Int32(Bench.loadProcessor)) == 0 else { throw BenchError("cannot keep to one processor") }
        defer { load_unpin() }
        return try body()
    }

    private func own(_ authority: SiteAuthority, _ line: String, seconds: Double) throws -> Double {
        let start = now()
        var count = 0
        while now() - start < seconds {
            for _ in 0..<100 {
                count += 1
                let text = try authority.signHostKey(
                    line, principals: ["n\(count)", "10.1.0.1"], serial: UInt64(count), keyID: "host n\(count)")
                guard text.hasPrefix("ssh-ed25519-cert-v01@openssh.com ") else {
                    throw BenchError("no certificate: \(text)")
                }
            }
        }
        return Double(count) / (now() - start)
    }

    private func keygen(_ directory: String, count: Int) throws -> Double {
        let start = now()
        for number in 1...count {
            let process = try ChildProcess([
                "ssh-keygen", "-q", "-s", "\(directory)/authority", "-I", "host n\(number)", "-h", "-n",
                "n\(number),10.1.0.1", "-z", String(number), "-V", "+52w", "\(directory)/host.pub",
            ])
            guard try process.waitToEnd() == 0 else { throw BenchError("ssh-keygen failed") }
        }
        return Double(count) / (now() - start)
    }
}
