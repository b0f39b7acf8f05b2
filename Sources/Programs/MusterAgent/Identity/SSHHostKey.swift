import Crypto
import LinuxSystem
import MusterAPI
import MusterBase
import SSHWire

/// The node's SSH host key. It is made on the machine and does not leave it; the site's authority certifies it, so that
/// nobody has to believe it at first sight.
public struct SSHHostKey: Sendable {
    private let key: SSHPrivateKey
    private let check: UInt32

    public static let path = "/etc/ssh/ssh_host_ed25519_key"

    /// Makes a new one.
    ///
    /// - Parameter comment: Stands in the public file; the node's name.
    public static func make(comment: String) throws -> SSHHostKey {
        let pair = Curve25519.Signing.PrivateKey()
        let random = try KernelRandom.bytes(4)
        return SSHHostKey(
            key: try SSHPrivateKey(
                seed: Secret(Array(pair.rawRepresentation)), publicKey: Array(pair.publicKey.rawRepresentation),
                comment: comment),
            check: random.reduce(0) { $0 << 8 | UInt32($1) })
    }

    /// For the request of a certificate: the public key in OpenSSH's one-line form.
    public var publicLine: String { key.publicKey.line(comment: key.comment) }

    /// The files of the key, and the settings of the SSH server that name them.
    ///
    /// - Parameters:
    ///   - certificate: in OpenSSH's one-line form; nil when the server gave none.
    ///   - userAuthority: the public key of the authority that signs users' keys.
    ///   - serverSettings: the text of sshd_config in the image; nil when there is no SSH server.
    public func changes(certificate: String?, userAuthority: String?, serverSettings: String?) -> [RootChange] {
        var changes: [RootChange] = [
            .text(SSHHostKey.path, key.file(check: check).reveal(), mode: 0o600),
            .text(SSHHostKey.path + ".pub", publicLine + "\n"),
        ]
        var settings = ["# Written by the Muster agent at each boot.", "HostKey \(SSHHostKey.path)"]
        if let certificate {
            changes.append(.text(SSHHostKey.path + "-cert.pub", certificate + "\n"))
            settings.append("HostCertificate \(SSHHostKey.path)-cert.pub")
        }
        if let userAuthority {
            changes.append(.text("/etc/ssh/muster_user_ca.pub", userAuthority + "\n"))
            settings.append("TrustedUserCAKeys /etc/ssh/muster_user_ca.pub")
        }
        guard let serverSettings else { return changes }
        changes.append(.text("/etc/ssh/sshd_config.d/00-muster.conf", settings.joined(separator: "\n") + "\n"))
        // The first value of a setting counts, so the line has to stand at the top.
        if !serverSettings.contains("/etc/ssh/sshd_config.d/") {
            changes.append(
                .text("/etc/ssh/sshd_config", "Include /etc/ssh/sshd_config.d/*.conf\n" + serverSettings, mode: 0o600))
        }
        return changes
    }
}
