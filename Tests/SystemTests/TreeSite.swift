import LinuxSystem
import MusterBase
import TestSupport

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// A site that builds images, as root or as somebody with subordinate ids alone.
struct TreeSite: Sendable {
    enum Rights: CaseIterable, Sendable {
        case root
        case subordinateIDs
    }

    /// Its state directory.
    let directory: TemporaryDirectory
    let program: String
    private let rights: Rights
    private let tools = SystemToolRunner()

    struct Outcome: Sendable {
        var exitCode: Int32
        var output: String
        var errors: String
    }

    init(_ rights: Rights) async throws {
        guard
            let bundle = CommandLine.arguments.first(where: { $0.hasSuffix(".xctest") }) ?? CommandLine.arguments.first
        else { throw MusterError(.internalFailure, "the test runner has no name") }
        program = "\(URL(filePath: bundle).deletingLastPathComponent().path)/muster"
        self.rights = rights
        directory = try TemporaryDirectory()
        try Files.createDirectory(directory.path("temporary"))
        if rights == .subordinateIDs {
            // Shown to the program alone: this host's own lists stay as they are.
            try directory.write("nobody:200000:65536\n", to: "subordinate")
            for name in ["", "/temporary"] {
                _ = try await tools.check(
                    Tool("chown", candidates: ["/usr/bin/chown", "/bin/chown"], package: nil),
                    ["65534:65534", directory.path + name], doing: "giving the site away")
            }
        }
        try await muster("init", "--site", "test")
    }

    /// The built tree of the image `small`.
    func tree() throws -> [UInt8] {
        let build = path("private/build/small")
        let names = try Files.names(in: build).filter { $0.hasPrefix("tree") && $0.hasSuffix(".tar") }
        guard names.count == 1 else { throw MusterError(.notFound, "\(build) has \(names.count) trees") }
        return try Files.read("\(build)/\(names[0])", limit: 1 << 30)
    }

    func path(_ name: String) -> String { directory.path(name) }

    func write(recipe: String, to name: String) async throws { try directory.write(recipe, to: name) }

    @discardableResult
    func muster(_ arguments: String...) async throws -> String {
        let outcome = try await attempt(arguments)
        guard outcome.exitCode == 0 else {
            throw MusterError(
                .systemFailure,
                "muster \(arguments.joined(separator: " ")) ended with \(outcome.exitCode): \(outcome.errors)")
        }
        return outcome.output
    }

    /// Runs `muster image exec small` with more arguments.
    func exec(_ arguments: String...) async throws -> Outcome {
        try await attempt(["image", "exec", "small"] + arguments)
    }

    func attempt(_ arguments: [String]) async throws -> Outcome {
        let options = ToolOptions(
            environment: ["MUSTER_STATE_DIR": directory.path, "TMPDIR": path("temporary")], outputLimit: 64 << 20)
        let result: ToolResult
        switch rights {
        case .root:
            let muster = Tool("muster", candidates: [program], package: nil)
            result = try await tools.run(muster, arguments, options)
        case .subordinateIDs:
            let script = """
                mount --bind "$1" /etc/subuid && mount --bind "$1" /etc/subgid && shift
                exec setpriv --reuid 65534 --regid 65534 --clear-groups "$@"
                """
            result = try await tools.run(
                .unshare,
                ["--mount", "--propagation", "private", "sh", "-ec", script, "sh", path("subordinate"), program]
                    + arguments,
                options)
        }
        return Outcome(
            exitCode: result.exitCode, output: result.text,
            errors: String(decoding: result.standardError, as: UTF8.self))
    }

    /// The archive of the tree.
    func archive() throws -> String {
        let build = path("private/build/small")
        guard let name = try Files.names(in: build).first(where: { $0.hasSuffix(".tar") }) else {
            throw MusterError(.notFound, "there is no tree")
        }
        return "\(build)/\(name)"
    }

    /// What tar(1) lists of the tree, with owners as numbers.
    func listing() async throws -> [Substring] {
        let result = try await tools.check(
            .tar, ["--list", "--verbose", "--numeric-owner", "--file", try archive()],
            ToolOptions(outputLimit: 64 << 20),
            doing: "listing the tree")
        return result.text.split(separator: "\n")
    }

    /// What work on a tree left behind.
    func leftovers() throws -> [String] {
        try Files.names(in: path("temporary"))
            + Files.names(in: path("private/build/small")).filter { $0.hasPrefix(".building") || $0.hasPrefix(".temp") }
    }
}
