import Foundation

/// A directory for one test, mode 0700, that is removed with its content when the last reference goes.
package final class TemporaryDirectory: Sendable {
    /// Short enough for the path of a Unix socket within.
    package let path: String

    package init() throws {
        let name = "muster-test-" + String(UInt64.random(in: .min ... .max), radix: 36)
        path = FileManager.default.temporaryDirectory.appending(path: name).path
        try FileManager.default.createDirectory(
            atPath: path, withIntermediateDirectories: false, attributes: [.posixPermissions: 0o700])
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }

    /// The path of a file within.
    package func path(_ name: String) -> String { "\(path)/\(name)" }

    /// Makes a directory within, and those above it.
    package func makeDirectory(_ name: String) throws {
        try FileManager.default.createDirectory(atPath: path(name), withIntermediateDirectories: true)
    }

    /// Writes a file, and makes the directories above it.
    package func write(_ octets: [UInt8], to name: String) throws {
        let target = URL(filePath: path(name))
        try FileManager.default.createDirectory(
            at: target.deletingLastPathComponent(), withIntermediateDirectories: true)
        try Data(octets).write(to: target)
    }

    package func write(_ text: String, to name: String) throws { try write(Array(text.utf8), to: name) }

    /// Makes a symbolic link that says `target`.
    package func link(_ name: String, to target: String) throws {
        try FileManager.default.createSymbolicLink(atPath: path(name), withDestinationPath: target)
    }

    /// All files and directories below, sorted.
    package func content() -> [String] {
        (FileManager.default.enumerator(atPath: path)?.compactMap { $0 as? String } ?? []).sorted()
    }
}

/// Runs `body` with the path of an empty directory that is removed behind it.
package func withTemporaryDirectory<Result>(_ body: (String) async throws -> Result) async throws -> Result {
    let directory = try TemporaryDirectory()
    defer { withExtendedLifetime(directory) {} }
    return try await body(directory.path)
}
