import LinuxSystem
import MusterAPI
import MusterBase

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif

/// Has the SSH host key of a system on a disk certified anew before its certificate ends. A system that starts over the
/// network gets a new one at each start.
struct HostCertificateRenewal: Sendable {
    let pool: MemberPool
    let key: AgentKey
    let tools: any ToolRunner

    /// A third of what the site gives them, see docs/security.md.
    private static let age: Int64 = 30 * 24 * 3600
    private static let certificate = SSHHostKey.path + "-cert.pub"

    /// Looks at once, and every hour, until cancelled. What fails is tried again then.
    func run() async {
        repeat { if isDue { try? await renew() } } while (try? await Task.sleep(for: .seconds(3600))) != nil
    }

    private var isDue: Bool {
        var status = stat()
        guard stat(HostCertificateRenewal.certificate, &status) == 0 else { return false }
        return Timestamp.now().seconds - Int64(status.st_mtim.tv_sec) > HostCertificateRenewal.age
    }

    private func renew() async throws {
        let line = try Files.readText(SSHHostKey.path + ".pub", limit: 16384).prefix { !$0.isNewline }
        let request = HostCertificateRequest(publicKeys: [String(line)])
        let answer = try await pool.ask { try await $0.hostCertificates(request, key: key) }
        guard let certificate = answer.certificates.first else { return }
        try AtomicFile.write(certificate + "\n", to: HostCertificateRenewal.certificate)
        // Whichever of the names the distribution has.
        for unit in ["ssh.service", "sshd.service"] {
            _ = try await tools.run(.systemctl, ["try-reload-or-restart", unit])
        }
    }
}
