import DeploymentModel
import LinuxSystem
import MusterBase

/// The list of packages of a container image whose system keeps it by rpm. Only the list's own files are laid out, and
/// this host's rpm, which has to read what a stranger wrote, reads them in a sandbox.
struct ContainerPackages: Sendable {
    let tools: any ToolRunner
    let reserve: DiskReserve
    let date: Timestamp

    /// What rpm reads: of sqlite, of ndb, and of Berkeley DB, which older systems have.
    private static let files = ["rpmdb.sqlite", "rpmdb.sqlite-wal", "Packages.db", "Index.db", "Packages"]

    /// - Parameter work: a directory for what is needed meanwhile.
    /// - Returns: nil for a tree without a list of rpm.
    func read(from tree: TreeArchive, in work: String) async throws -> [ImageManifest.Package]? {
        let directory = "\(work)/packages"
        var isFound = false
        for place in RPMDatabase.directories where !isFound {
            for name in Self.files {
                guard let entry = tree.entry("\(place)/\(name)") else { continue }
                let content = try tree.content(of: entry)
                guard !content.isEmpty else { continue }
                try Files.createDirectory(directory, mode: 0o700)
                try ReservingFile("\(directory)/\(name)", reserve: reserve).append(content)
                isFound = true
            }
        }
        guard isFound else { return nil }
        let sandbox = try await TreeSandbox(tools: tools, date: date)
        let result = try await sandbox.check(
            .rpm, ["--dbpath", directory, "--query", "--all", "--queryformat", RPMDatabase.format],
            writable: [directory], doing: "listing the packages")
        return RPMDatabase.parse(result.text)
    }
}
