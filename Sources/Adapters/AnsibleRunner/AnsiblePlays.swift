import LinuxSystem
import MusterBase
import Synchronization

/// Runs plays by the real `ansible-playbook`, each in a directory of its own that is removed behind it.
public struct AnsiblePlays: PlayRunner {
    /// Below it each run has its directory; mode 0700.
    public let directory: String
    /// Lines for ssh_known_hosts: the site's host authority.
    private let knownHosts: [String]
    private let sign: LoginSigner
    private let tools: any ToolRunner
    /// `ssh`; for tests `local`.
    private let connection: String

    public init(
        directory: String, knownHosts: [String], tools: any ToolRunner = SystemToolRunner(), connection: String = "ssh",
        sign: @escaping LoginSigner
    ) {
        self.directory = directory
        self.knownHosts = knownHosts
        self.sign = sign
        self.tools = tools
        self.connection = connection
    }

    /// Removes what killed runs left, their keys among it. To be called before the first run.
    public func prepare() throws {
        try FileTree.remove(directory)
        try Files.createDirectory(directory, mode: 0o700)
    }

    public func run(_ order: PlayOrder, _ onEvent: @escaping @Sendable (String) -> Void) async throws -> String {
        let place = "\(directory)/\(UInt64.random(in: .min ... .max))"
        try Files.createDirectory(directory, mode: 0o700)
        try Files.createDirectory(place, mode: 0o700)
        defer { try? FileTree.remove(place) }
        let key = try LoginKey(
            in: place, keyID: "muster \(order.stage) plays for \(order.node)", sign: sign)
        try AtomicFile.write(knownHosts.map { $0 + "\n" }.joined(), to: "\(place)/known_hosts", mode: 0o600)
        let inventory = PlayInventory(
            order: order, connection: connection, key: key.path, sshArguments: Self.sshArguments(of: order, in: place))
        try AtomicFile.write(inventory.text, to: "\(place)/inventory.yml", mode: 0o600)
        try AtomicFile.write(Self.configuration(of: order, in: place), to: "\(place)/ansible.cfg", mode: 0o600)
        return try await withThrowingTaskGroup(of: String?.self) { group in
            group.addTask {
                try await key.keepFresh()
                return nil
            }
            group.addTask { try await play(order, in: place, onEvent) }
            defer { group.cancelAll() }
            return try await group.next().flatMap(\.self) ?? ""
        }
    }

    /// One after the other, until the first that fails.
    private func play(
        _ order: PlayOrder, in place: String, _ onEvent: @escaping @Sendable (String) -> Void
    ) async throws -> String {
        var recaps: [String] = []
        for playbook in order.playbooks {
            let name = FilePathText.lastComponent(of: playbook)
            let recap = try await play(playbook, name, order, in: place) { onEvent("\(name): \($0)") }
            recaps.append("\(name): \(recap)")
        }
        return recaps.joined(separator: "; ")
    }

    private func play(
        _ playbook: String, _ name: String, _ order: PlayOrder, in place: String,
        _ onEvent: @escaping @Sendable (String) -> Void
    ) async throws -> String {
        let output = Mutex(PlayOutput())
        var options = ToolOptions(
            environment: environment(in: place), workingDirectory: place, outputLimit: 64 << 10,
            onOutputLine: { line in
                if let told = output.withLock({ $0.take(line) }) { onEvent(told) }
            }, endsWithCaller: true)
        options.environmentIsWhole = true
        let result = try await tools.run(
            .ansiblePlaybook,
            ["--inventory", "\(place)/inventory.yml", "--limit", order.node, "--", playbook], options)
        let (last, recap, failure) = output.withLock { output in
            let last = output.end()
            return (last, output.recap, output.failure)
        }
        if let last { onEvent(last) }
        guard result.exitCode == 0 else { throw Self.error(name, order, result, failure) }
        return recap ?? "no host of the play is \(order.node): it needs `hosts: all`"
    }

    private static func error(
        _ name: String, _ order: PlayOrder, _ result: ToolResult, _ failure: String?
    ) -> MusterError {
        // What stopped it before there was a task: the syntax, a module that is not there.
        let lines = String(decoding: result.standardError, as: UTF8.self).split(whereSeparator: \.isNewline)
            .filter { !$0.hasPrefix("[WARNING]") }
        let words = failure ?? lines.prefix(6).joined(separator: " | ")
        return MusterError(
            .systemFailure, "the \(order.stage) play \(name) ended with status \(result.exitCode): \(words)")
    }

    // MARK: What the program is told

    /// Nothing of the service's own environment: no agent's socket, no settings of whoever started it.
    private func environment(in place: String) -> [String: String] {
        [
            "PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "HOME": place, "LC_ALL": "C.UTF-8",
            "ANSIBLE_CONFIG": "\(place)/ansible.cfg", "ANSIBLE_HOME": "\(place)/home", "TMPDIR": place,
            "PYTHONUNBUFFERED": "1", "PYTHONDONTWRITEBYTECODE": "1",
        ]
    }

    /// The host is the one that the site certified for this node's name, or none.
    private static func sshArguments(of order: PlayOrder, in place: String) -> [String] {
        [
            "-F", "/dev/null", "-o", "BatchMode=yes", "-o", "IdentitiesOnly=yes", "-o", "StrictHostKeyChecking=yes",
            "-o",
            "UserKnownHostsFile=\(place)/known_hosts", "-o", "GlobalKnownHostsFile=/dev/null", "-o",
            "HostKeyAlias=\(order.hostname.lowercased())", "-o", "CheckHostIP=no", "-o", "ForwardAgent=no", "-o",
            "ConnectTimeout=15", "-o", "ServerAliveInterval=15", "-o", "ServerAliveCountMax=4",
        ]
    }

    /// Connections are not kept between tasks: a kept one would outlive its run.
    private static func configuration(of order: PlayOrder, in place: String) -> String {
        """
        [defaults]
        host_key_checking = True
        stdout_callback = default
        nocows = True
        nocolor = True
        force_color = False
        retry_files_enabled = False
        display_skipped_hosts = True
        deprecation_warnings = False
        forks = 1
        local_tmp = \(place)/tmp
        roles_path = \(order.directory)/roles:/usr/share/ansible/roles:/etc/ansible/roles
        library = \(order.directory)/library

        [ssh_connection]
        pipelining = True
        retries = 2
        ssh_args = -C
        control_path_dir = \(place)/cp

        """
    }
}
