import Foundation
import TestSupport
import Testing

/// The real ssh-keygen, in a directory of its own that is removed with it.
final class SSHKeygen {
    static let path = "/usr/bin/ssh-keygen"
    static var isThere: Bool { FileManager.default.isExecutableFile(atPath: path) }

    private let directory: TemporaryDirectory

    init() throws { directory = try TemporaryDirectory() }

    /// Writes a file of mode 0600 and returns its path.
    func file(_ name: String, _ text: String) throws -> String {
        let path = directory.path(name)
        #expect(
            FileManager.default.createFile(
                atPath: path,
                contents: Data(text.utf8),
                attributes: [.posixPermissions: 0o600]
            )
        )
        return path
    }

    func read(_ name: String) throws -> String {
        try String(contentsOfFile: directory.path(name), encoding: .utf8)
    }

    /// Runs it in the directory and returns what it printed.
    @discardableResult
    func run(_ arguments: String...) throws -> String {
        let process = Process()
        process.executableURL = URL(filePath: SSHKeygen.path)
        process.arguments = arguments
        process.currentDirectoryURL = URL(filePath: directory.path)
        process.environment = ["TZ": "UTC", "HOME": directory.path]
        process.standardInput = FileHandle.nullDevice
        let output = Pipe()
        process.standardOutput = output
        process.standardError = output
        try process.run()
        let text = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        process.waitUntilExit()
        try #require(process.terminationStatus == 0, "ssh-keygen \(arguments): \(text)")
        return text
    }
}
