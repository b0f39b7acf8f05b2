import LinuxSystem
import MusterBase

/// A machine that is captured, as ssh reaches it.
public struct CaptureTarget: Sendable {
    /// IP address or name.
    public var address: String
    public var port: Int
    /// Who logs in: root, or one who may run all by `sudo` without a password.
    public var user: String
    /// Keys of hosts and of authorities that vouch for them, in the form of known_hosts; nil for those of who runs this.
    public var knownHosts: String?
    /// File of a private key; nil for those of who runs this.
    public var identity: String?

    public init(
        address: String, port: Int = 22, user: String = "root", knownHosts: String?, identity: String? = nil
    ) {
        self.address = address
        self.port = port
        self.user = user
        self.knownHosts = knownHosts
        self.identity = identity
    }

    /// Arguments of ssh for a command. Nothing is asked on the terminal, and a host that nobody vouches for is refused.
    func arguments(_ command: [String]) -> [String] {
        var arguments = [
            "-T", "-o", "BatchMode=yes", "-o", "StrictHostKeyChecking=yes", "-o", "ConnectTimeout=15",
            "-o", "ServerAliveInterval=15", "-o", "ServerAliveCountMax=4", "-o", "ClearAllForwardings=yes",
            "-p", "\(port)", "-l", user,
        ]
        if let knownHosts {
            arguments += ["-o", "UserKnownHostsFile=\"\(knownHosts)\"", "-o", "GlobalKnownHostsFile=/dev/null"]
        }
        if let identity { arguments += ["-i", identity, "-o", "IdentitiesOnly=yes"] }
        let whole = (user == "root" ? [] : ["sudo", "-n", "--"]) + command
        return arguments + ["--", address, whole.map(Self.quoted).joined(separator: " ")]
    }

    /// A word for a POSIX shell: sshd hands what it is given to one.
    package static func quoted(_ word: String) -> String {
        "'" + word.split(separator: "'", omittingEmptySubsequences: false).joined(separator: "'\\''") + "'"
    }
}
