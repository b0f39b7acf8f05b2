import DeploymentModel
import LinuxSystem
import MusterBase

/// The list of installed packages that rpm keeps in a tree.
package struct RPMDatabase {
    let tree: String
    let runner: TreeRunner

    /// Places that distributions keep it in, relative to the tree, the newer ones first.
    static let directories = ["usr/lib/sysimage/rpm", "var/lib/rpm"]
    /// The file that tells that it is there: of sqlite, and of ndb, which SUSE uses.
    static let files = ["rpmdb.sqlite", "Packages.db"]

    /// Of ``parse(_:)``.
    static let format = "%{NAME}\\t%{EVR}\\t%{ARCH}\\n"

    /// Traces that rpm leaves beside the database. What sqlite keeps there after a clean end is empty, and differs.
    static func leftovers(in tree: String) -> [String] {
        directories.flatMap { directory in
            let log = "\(directory)/rpmdb.sqlite-wal"
            let isWritten = Files.size("\(tree)/\(log)") ?? 0 == 0
            return ["\(directory)/__db*", "\(directory)/.rpm.lock"] + (isWritten ? [log, "\(directory)/*-shm"] : [])
        }
    }

    /// Asks this host's rpm. Throws ``MusterError`` `systemFailure` when it cannot read the database.
    func packages() async throws -> [ImageManifest.Package] {
        let place = Self.directories.first { directory in
            Self.files.contains { Files.exists("\(tree)/\(directory)/\($0)") }
        }
        let result = try await runner.check(
            .rpm,
            ["--root", tree] + (place.map { ["--dbpath", "/\($0)"] } ?? [])
                + ["--query", "--all", "--queryformat", Self.format],
            ToolOptions(environment: ["LC_ALL": "C.UTF-8"], outputLimit: 16 << 20), doing: "listing the packages")
        return Self.parse(result.text)
    }

    /// Sorted by name, architecture and version. The public keys that rpm keeps among the packages are none.
    package static func parse(_ text: String) -> [ImageManifest.Package] {
        text.split(separator: "\n").compactMap { line -> ImageManifest.Package? in
            let fields = line.split(separator: "\t").map(String.init)
            guard fields.count == 3, fields[0] != "gpg-pubkey" else { return nil }
            return ImageManifest.Package(name: fields[0], version: fields[1], architecture: fields[2])
        }.sorted { ($0.name, $0.architecture, $0.version) < ($1.name, $1.architecture, $1.version) }
    }
}
