import LinuxSystem
import MusterBase

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif

/// Runs programs as the root of a tree: with rights over the files of all its users, and over nothing else that the
/// caller has no right to.
package struct TreeRunner: Sendable {
    /// Where these rights come from.
    package enum Rights: Sendable, Hashable {
        /// A user namespace: the caller is its root, the caller's subordinate ids (subuid(5)) are the other users.
        case userNamespace
        /// The caller is root and has no subordinate ids.
        case root
    }

    package let rights: Rights
    let tools: any ToolRunner

    package init(rights: Rights, tools: any ToolRunner) {
        self.rights = rights
        self.tools = tools
    }

    private static let mapping = ["--user", "--map-root-user", "--map-auto"]

    /// Finds out what this caller can have on this host.
    ///
    /// - Throws: ``MusterError`` `unsupported` when it is neither.
    package static func find(_ tools: any ToolRunner) async throws -> TreeRunner {
        let probe = try await tools.run(.unshare, mapping + ["--mount", "true"])
        if probe.exitCode == 0 { return TreeRunner(rights: .userNamespace, tools: tools) }
        guard geteuid() == 0 else {
            let reason = String(decoding: probe.standardError.prefix(300), as: UTF8.self).split(separator: "\n").last
            throw MusterError(
                .unsupported,
                "this needs root here: a user namespace with several users cannot be made"
                    + (reason.map { " (\($0))" } ?? ""),
                advice: "install uidmap and util-linux 2.38 or later, give yourself subordinate ids (usermod "
                    + "--add-subuids 100000-165535 --add-subgids 100000-165535 NAME), or run this as root")
        }
        return TreeRunner(rights: .root, tools: tools)
    }

    /// What to start so that a program has the rights.
    package func command(_ tool: Tool, _ arguments: [String]) -> (tool: Tool, arguments: [String]) {
        switch rights {
        case .userNamespace: (.unshare, Self.mapping + ["--", tool.nestedPath] + arguments)
        case .root: (tool, arguments)
        }
    }

    /// Runs a program to its end; throws unless it ends with status 0, see ``ToolRunner/check(_:_:_:doing:)``.
    package func check(
        _ tool: Tool, _ arguments: [String], _ options: ToolOptions = ToolOptions(), doing: String
    ) async throws -> ToolResult {
        let command = command(tool, arguments)
        return try await tools.check(command.tool, command.arguments, options, doing: doing)
    }
}
