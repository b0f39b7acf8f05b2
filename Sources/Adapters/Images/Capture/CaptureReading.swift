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

    package struct Outcome: Sendable {
        /// Mount points.
        package var snapshots: [String]
        /// Paths in the tree.
        package var changed: [String]
        /// The same, in tar's words, of files whose names cannot be told to it again.
        package var unnamed: [String]
    }

    /// Reads all. What is secret or the machine's own does not leave it, but for the list of passwords: they are taken out
    /// of that when the tree is packed.
    func all(progress: @escaping @Sendable (UInt64) -> Void) async throws -> Outcome {
        try await run(options: excludes, names: [], progress: progress)
    }

    /// Reads some files once more. One that is gone by now stays as it was read before.
    func again(_ paths: [String]) async throws -> Outcome {
        try await run(options: Self.again, names: paths, progress: { _ in })
    }

    /// Without the excluded, the archive is the same as the machine: owners by number, extended attributes with
    /// capabilities, labels and access control lists, hard links.
    package static let form = [
        "--format=posix", "--pax-option=delete=atime,delete=ctime", "--numeric-owner", "--xattrs",
        "--xattrs-include=*", "--warning=file-changed", "--warning=file-removed", "--verbatim-files-from",
        // Names in messages as they are, to be told to it again.
        "--quoting-style=literal",
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
        return Self.outcome(result.standardError)
    }

    /// What the script and tar say on standard error.
    package static func outcome(_ text: [UInt8]) -> Outcome {
        var outcome = Outcome(snapshots: [], changed: [], unnamed: [])
        for octets in text.split(separator: UInt8(ascii: "\n")) {
            let line = String(decoding: octets, as: UTF8.self)
            if line.hasPrefix("view: snapshot ") {
                outcome.snapshots.append(String(line.dropFirst("view: snapshot ".count)))
            } else if let subject = changed(in: line) {
                // Of a name with a line break there is only the end, and one that is no UTF-8 is not what it was.
                if subject.hasPrefix("tar: ./"), Array(line.utf8) == Array(octets) {
                    outcome.changed.append(String(subject.dropFirst("tar: ./".count)))
                } else {
                    outcome.unnamed.append(String(subject))
                }
            }
        }
        return outcome
    }

    /// What stands before tar's words for a file that is not what it was when its reading began; nil for other lines.
    private static func changed(in line: String) -> Substring? {
        if line.hasSuffix(": file changed as we read it") { return line.dropLast(": file changed as we read it".count) }
        guard line.hasSuffix(" bytes; padding with zeros") else { return nil }
        return line.ranges(of: ": File shrank by ").last.map { line[..<$0.lowerBound] }
    }
}
