import LinuxSystem
import MusterBase
import Synchronization

/// Reads the files of a machine into an archive.
package struct CaptureReading: Sendable {
    let shell: CaptureShell
    let machine: CapturedMachine
    let file: CaptureFile
    /// Who is read, for messages.
    let source: String

    struct Outcome: Sendable {
        /// Mount points.
        var snapshots: [String]
        /// Paths in the tree.
        var changed: [String]
    }

    /// Reads all. What is secret or the machine's own does not leave it.
    func all(progress: @escaping @Sendable (UInt64) -> Void) async throws -> Outcome {
        try await run(options: excludes, names: [], progress: progress)
    }

    /// Reads some files once more; those of them are given back that changed again. One that is gone by now stays as it was
    /// read before.
    func again(_ paths: [String]) async throws -> [String] {
        try await run(options: Self.again, names: paths, progress: { _ in }).changed
    }

    /// Without the excluded, the archive is the same as the machine: owners by number, extended attributes with
    /// capabilities, labels and access control lists, hard links.
    package static let form = [
        "--format=posix", "--pax-option=delete=atime,delete=ctime", "--numeric-owner", "--xattrs",
        "--xattrs-include=*", "--warning=file-changed", "--warning=file-removed", "--verbatim-files-from",
    ]

    /// For files that were read before.
    package static let again = ["--ignore-failed-read"]

    /// Of several kernels, the one that runs comes along: a version boots one.
    private var excludes: [String] {
        let kernels = machine.otherKernels.flatMap { ["boot/*-\($0)", "lib/modules/\($0)", "usr/lib/modules/\($0)"] }
        return ["--anchored", "--wildcards", "--no-wildcards-match-slash"]
            + (MachineContent.leftOutPatterns + kernels).map { "--exclude=./" + $0.replacing("/**", with: "/*") }
    }

    private func run(
        options: [String], names: [String], progress: @escaping @Sendable (UInt64) -> Void
    ) async throws -> Outcome {
        let places = machine.archived.flatMap { [$0.mountPoint, $0.type, $0.device] }
        let list: [UInt8] = names.flatMap { Array("./\($0)".utf8) + [0] }
        let result = try await shell.run(
            CaptureScripts.archive, places + ["--"] + Self.form + options, inOwnMounts: true, input: list,
            doing: "reading the files of \(source)"
        ) { [file] bytes in
            try file.append(bytes)
            progress(file.size)
        }
        guard result.exitCode == 0 else {
            throw MusterError(
                .systemFailure,
                "reading the files of \(source): failed with status \(result.exitCode): \(CaptureShell.lastWords(of: result))"
            )
        }
        return Self.outcome(String(decoding: result.standardError, as: UTF8.self))
    }

    /// What the script and tar say on standard error.
    static func outcome(_ text: String) -> Outcome {
        var outcome = Outcome(snapshots: [], changed: [])
        for line in text.split(separator: "\n") {
            if line.hasPrefix("view: snapshot ") {
                outcome.snapshots.append(String(line.dropFirst("view: snapshot ".count)))
            } else if line.hasPrefix("tar: ./"), line.hasSuffix(": file changed as we read it") {
                let path = line.dropFirst("tar: ./".count).dropLast(": file changed as we read it".count)
                // tar quotes what is unusual in a name: such are reported, and not read again.
                outcome.changed.append(String(path))
            }
        }
        return outcome
    }
}
