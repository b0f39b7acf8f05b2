import LinuxSystem

/// Arguments for bwrap(1), which makes mount, process, host name and IPC namespaces around a program
/// (docs/decisions/0012-containers-by-bubblewrap.md).
struct Sandbox {
    let rights: TreeRunner.Rights
    /// The directory of the tree.
    let tree: String

    /// What programs in it find beside the tree.
    struct Surroundings {
        var hostName: String
        /// Where in the tree this host's name servers are shown; nil for nowhere.
        var resolver: String?
        var binds: [BindMount] = []
        var workingDirectory = "/"
        /// Whether the program may have the caller's terminal as its own.
        var hasTerminal = false
    }

    /// Of a tree's own programs. Without a user namespace nothing else holds root: these are what containers usually
    /// have. Never `CAP_DAC_READ_SEARCH`, by which open_by_handle_at(2) reaches all files of the host.
    static let capabilities = [
        "CAP_AUDIT_WRITE", "CAP_CHOWN", "CAP_DAC_OVERRIDE", "CAP_FOWNER", "CAP_FSETID", "CAP_KILL", "CAP_MKNOD",
        "CAP_NET_BIND_SERVICE", "CAP_SETFCAP", "CAP_SETGID", "CAP_SETPCAP", "CAP_SETUID", "CAP_SYS_CHROOT",
    ]

    private var namespaces: [String] {
        var arguments = ["--die-with-parent", "--unshare-pid", "--unshare-ipc", "--unshare-uts"]
        if rights == .root {
            arguments += ["--cap-drop", "ALL"] + Self.capabilities.flatMap { ["--cap-add", $0] }
        }
        return arguments
    }

    /// Runs a program in the tree, as on a machine that runs it. Its environment is that which bwrap is started with: on a
    /// command line all users of the host could read it, such as a proxy's password.
    func inside(_ surroundings: Surroundings, _ command: [String]) -> [String] {
        var arguments = namespaces + ["--hostname", surroundings.hostName]
        // Else a program could type into the terminal for the person who sits there.
        if !surroundings.hasTerminal { arguments.append("--new-session") }
        arguments += ["--bind", tree, "/", "--dev", "/dev", "--proc", "/proc", "--ro-bind", "/sys", "/sys"]
        arguments += ["--perms", "0755", "--tmpfs", "/run", "--dir", "/run/lock", "--perms", "1777", "--tmpfs", "/tmp"]
        if let resolver = surroundings.resolver { arguments += ["--ro-bind", "/etc/resolv.conf", resolver] }
        for bind in surroundings.binds {
            arguments += [bind.isReadOnly ? "--ro-bind" : "--bind", bind.source, bind.target]
        }
        return arguments + ["--chdir", surroundings.workingDirectory, "--"] + command
    }

    /// Runs a program of this host that works on the tree from outside, such as a package manager: all but `writable`
    /// is read-only to it. Programs that it starts in the tree find `/dev`, `/proc` and `/sys` there.
    ///
    /// - Parameter writable: A directory that holds the tree.
    func beside(writable: String, _ tool: Tool, _ toolArguments: [String]) -> [String] {
        namespaces + ["--new-session", "--ro-bind", "/", "/", "--dev", "/dev", "--proc", "/proc"]
            + ["--bind", writable, writable, "--dev", "\(tree)/dev", "--proc", "\(tree)/proc"]
            + ["--ro-bind", "/sys", "\(tree)/sys", "--chdir", writable, "--", tool.nestedPath] + toolArguments
    }

    /// What every program in a tree has in its environment.
    static func environment(adding others: [String: String] = [:]) -> [String: String] {
        let standard = [
            "PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "HOME": "/root", "USER": "root",
            "LOGNAME": "root", "LANG": "C.UTF-8",
            // systemctl then changes the tree's own files, as no systemd runs here.
            "SYSTEMD_OFFLINE": "1",
        ]
        return standard.merging(others) { _, other in other }
    }
}
