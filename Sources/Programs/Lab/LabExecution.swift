import Glibc
import LinuxSystem
import MusterBase

extension Lab {
    /// Runs a program inside the lab's network and returns what it said. It ends with the lab.
    public func run(
        _ command: [String], _ options: ToolOptions = ToolOptions()
    ) async throws -> ToolResult {
        try await tools.run(.nsenter, try entry(command, from: options.workingDirectory), options)
    }

    /// Replaces this process by a program inside the lab's network, on this terminal. Returns only to throw.
    public func become(_ command: [String]) throws -> Never {
        guard let nsenter = Tool.nsenter.installedPath else {
            throw MusterError(.unavailable, "nsenter is not installed", advice: "install it: apt install util-linux")
        }
        try ChildProcess.replace(by: nsenter, try entry(command, from: nil))
    }

    private func entry(_ command: [String], from workingDirectory: String?) throws -> [String] {
        try directory.refuseForeign()
        guard let process = try LabControlClient(directory: directory).supervisor() else {
            throw MusterError(.unavailable, "no lab runs in \(stateDirectory)", advice: "start one: muster lab up")
        }
        let own = Files.linkTarget("/proc/self/ns/user")
        let theirs = Files.linkTarget("/proc/\(process)/ns/user")
        return NamespaceEntry.enterArguments(
            process: process, enteringUser: own != theirs, workingDirectory: workingDirectory ?? currentDirectory,
            command: command)
    }

    private var currentDirectory: String {
        var buffer = [CChar](repeating: 0, count: 4096)
        guard getcwd(&buffer, buffer.count) != nil else { return "/" }
        return String(decoding: buffer.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
    }
}
