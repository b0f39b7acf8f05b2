import LinuxSystem
import MusterBase

/// Where one export works: a directory that no other run has, in the state directory, which has room for images. What a
/// killed run left is removed by the next.
struct ExportWorkspace {
    let directory: String
    private let sandbox: TreeSandbox
    private let lock: FileLock

    /// - Parameter privateDirectory: `private` of the state directory.
    init(in privateDirectory: String, sandbox: TreeSandbox) async throws {
        self.sandbox = sandbox
        let all = "\(privateDirectory)/export"
        try Files.createDirectory(all, mode: 0o700)
        // Others look for what killed runs left, too, and must not take a directory that is not locked yet.
        let entry = try FileLock("\(all)/.entry", doing: "exporting an image", waits: true)
        defer { entry.release() }
        for name in try Files.names(in: all) where name != ".entry" {
            // Of a run that is still at work nothing is touched.
            guard let lock = try? FileLock(in: "\(all)/\(name)", doing: "exporting an image") else { continue }
            try await sandbox.remove("\(all)/\(name)")
            lock.release()
        }
        directory = "\(all)/\(hexText(try KernelRandom.bytes(8)))"
        try Files.createDirectory(directory, mode: 0o700)
        lock = try FileLock(in: directory, doing: "exporting an image")
    }

    func path(_ name: String) -> String { "\(directory)/\(name)" }

    func remove() async {
        // One that was cancelled has to be cleared away all the same.
        await Task { try? await sandbox.remove(directory) }.value
        lock.release()
    }
}
