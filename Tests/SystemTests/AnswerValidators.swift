import LinuxSystem
import MusterBase
import TestSupport
import Testing

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// The real programs that check answer files, or apply them.
struct AnswerValidators {
    private let directory: String
    private let tools = SystemToolRunner()

    private static let repository = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().path

    /// The schema that Canonical publishes, where somebody put it beside the repository.
    static let autoinstallSchema = URL(filePath: "\(repository)/../shared/schemas/autoinstall-schema.json")
        .standardizedFileURL.path

    static var hasSchema: Bool { Files.exists(autoinstallSchema) }

    static func ready() async throws -> AnswerValidators {
        let validators = AnswerValidators(directory: "\(repository)/.build/answer-validators")
        try await validators.expect(script("answer-validators"), [validators.directory])
        return validators
    }

    private static func script(_ name: String) -> Tool {
        Tool(name, candidates: ["\(repository)/scripts/\(name)"], package: nil)
    }

    private static func debian(_ path: String, _ package: String) -> Tool {
        Tool(path, candidates: [path], package: package)
    }

    /// - Parameter syntax: as pykickstart calls it: `RHEL9`, `F42`.
    func kickstart(_ files: [String], syntax: String) async throws {
        let tool = Tool("ksvalidator", candidates: ["\(directory)/kickstart/bin/ksvalidator"], package: nil)
        let output = try await expect(tool, ["-v", syntax] + files)
        // Words of warning change no exit status.
        let words = output.split(separator: "\n").filter { !$0.hasPrefix("Checking kickstart file ") }
        #expect(words.isEmpty, "\(syntax): \(words)")
    }

    func yaml(_ files: [String], schema: String? = nil) async throws {
        try await expect(Self.script("check-yaml"), [schema ?? "-"] + files)
    }

    /// A text that begins with `#cloud-config`.
    func cloudConfig(_ file: String) async throws {
        let packages = "\(directory)/cloud-init/usr/lib/python3/dist-packages"
        let output = try await expect(
            Self.debian("/usr/bin/python3", "python3"), ["-m", "cloudinit.cmd.main", "schema", "--config-file", file],
            environment: ["PYTHONPATH": packages, "PYTHONDONTWRITEBYTECODE": "1"])
        #expect(output.contains("Valid cloud-config") && !output.contains("deprecat"), "\(file): \(output)")
    }

    func preseed(_ file: String) async throws {
        try await expect(Self.debian("/usr/bin/debconf-set-selections", "debconf"), ["--checkonly", file])
    }

    func xml(_ files: [String]) async throws {
        try await expect(Self.debian("/usr/bin/xmllint", "libxml2-utils"), ["--noout", "--nonet"] + files)
    }

    func shell(_ files: [String]) async throws {
        let arguments = ["--shell=sh", "--severity=warning"]
        try await expect(Self.debian("/usr/bin/shellcheck", "shellcheck"), arguments + files)
    }

    func ignition(_ files: [String]) async throws {
        for file in files { try await expect(Self.debian("/usr/bin/ignition-validate", "ignition"), [file]) }
    }

    /// Does to a root directory what Ignition does at a first start: accounts, files and links. Labels of SELinux are left out.
    func applyIgnition(_ file: String, to root: String, state: String) async throws {
        try Files.createDirectory("\(state)/bin")
        try Files.link("\(state)/bin/setfiles", to: "/bin/true")
        let program = "/usr/lib/dracut/modules.d/30ignition/ignition"
        for stage in ["fetch", "files"] {
            try await expect(
                Self.debian(program, "ignition"),
                [
                    "-platform", "file", "-stage", stage, "-root", root, "-log-to-stdout", "-config-cache",
                    "\(state)/cache.json", "-state-file", "\(state)/state", "-neednet", "\(state)/neednet",
                ],
                environment: ["IGNITION_CONFIG_FILE": file, "PATH": "\(state)/bin:/usr/sbin:/usr/bin:/sbin:/bin"])
        }
    }

    /// Runs a program, which has to succeed. Gives what it said.
    @discardableResult
    private func expect(
        _ tool: Tool, _ arguments: [String], environment: [String: String] = [:]
    ) async throws -> String {
        let result = try await tools.run(tool, arguments, ToolOptions(environment: environment))
        let output = result.text + String(decoding: result.standardError, as: UTF8.self)
        #expect(result.exitCode == 0, "\(tool.name) \(arguments.suffix(3)): \(output.suffix(4000))")
        return output
    }
}
