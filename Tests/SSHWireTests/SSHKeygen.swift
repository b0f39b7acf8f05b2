import Foundation
import Testing

/// The real ssh-keygen, in a directory of its own that is removed with it.
final class SSHKeygen {
    static let path = "/usr/bin/ssh-keygen"
    static var isThere: Bool { FileManager.default.isExecutableFile(atPath: path) }

    private let directory: URL

    init() throws {
        directory = FileManager.default.temporaryDirectory.appending(path: "muster-ssh-\(UUID())")
        try FileManager.default.createDirectory(
            at: directory,
            withIntermediateDirectories: true,
            attributes: [.posixPermissions: 0o700]
        )
    }

    deinit { try? FileManager.default.removeItem(at: directory) }

    /// Writes a file of mode 0600 and returns its path.
    func file(_ name: String, _ text: String) throws -> String {
        let path = directory.appending(path: name).path
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
        try String(contentsOf: directory.appending(path: name), encoding: .utf8)
    }

    /// Runs it in the directory and returns what it printed.
    @discardableResult
    func run(_ arguments: String...) throws -> String {
        let process = Process()
        process.executableURL = URL(filePath: SSHKeygen.path)
        process.arguments = arguments
        process.currentDirectoryURL = directory
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
