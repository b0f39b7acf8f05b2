/// The namespaces of a lab: how they are made, and how another process gets into them. Both by util-linux, which has
/// done this right for years.
package enum NamespaceEntry {
    /// Arguments for `setsid(1)`: a process of its own, away from the terminal and from this process, that makes the
    /// namespaces and runs `command` as process 1 in them. If either of the two dies, the kernel kills all the rest.
    ///
    /// - Parameter asRoot: Root needs no user namespace; others get one in which they are root.
    package static func detachedArguments(asRoot: Bool, unshare: String, command: [String]) -> [String] {
        ["--fork", unshare] + (asRoot ? [] : ["--user", "--map-root-user"])
            + ["--net", "--pid", "--mount", "--fork", "--kill-child=SIGKILL", "--mount-proc"] + ["--"] + command
    }

    /// Arguments for `nsenter(1)`: runs `command` inside, from where it ends with the lab.
    ///
    /// - Parameters:
    ///   - process: The supervisor, as this process sees it.
    ///   - enteringUser: Whether the lab has a user namespace of its own.
    package static func enterArguments(
        process: Int32, enteringUser: Bool, workingDirectory: String, command: [String]
    ) -> [String] {
        // The namespaces of a user are entered with the user's own identity, which is root's inside.
        ["--target", String(process)] + (enteringUser ? ["--user", "--preserve-credentials"] : [])
            + ["--net", "--pid", "--mount", "--wd=\(workingDirectory)", "--"] + command
    }
}
