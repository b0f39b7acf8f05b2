import ArgumentParser
import Media
import MediaImport
import MusterAPI
import MusterBase
import OSFamilies

struct MediaImportCommand: ContextCommand {
    static let configuration = CommandConfiguration.command(
        "import", "Import a medium: an ISO image, a tar archive, a directory, or the address of one of the first two.",
        discussion: """
            The medium is recognised by what is on it, and compared with the checksums and signatures that it has. It \
            becomes a directory in distributions of the state directory, and is never changed. Files that another \
            medium has already take no more room. Interrupted, it leaves nothing in sight; what was fetched from the \
            network is gone on with the next time. Says on standard error what was verified, and what the medium gave \
            no means to verify. A medium that no profile points to gets one, of its own name, where its installer is known.
            """,
        examples: [
            "muster media import ./Rocky-9.4-x86_64-dvd.iso", "muster media import ./netboot --name debian-13-test",
            "muster media import --check https://mirror.example/netboot.tar.gz",
        ])

    @OptionGroup var options: CommonOptions
    @Argument(help: ArgumentHelp("Path of a file or directory, or address of a file.", valueName: "path-or-url"))
    var place: String
    @Option(help: ArgumentHelp("Instead of the name that the medium itself gives.", valueName: "name")) var name:
        String?
    @Flag(help: "Only tell what it is and whether its checksums are right.") var check = false
    @Flag(help: "Make no profile of it.") var noProfile = false

    mutating func validate() throws {
        guard !place.isEmpty else { throw ValidationError("the path is empty") }
        guard let name, !MediumName.isValid(name) else { return }
        throw ValidationError("--name '\(printable(name))' cannot name a medium: \(MediumName.rule)")
    }

    /// The document that `--output json` writes.
    struct Report: Encodable {
        var name: String
        /// Absent with `--check`.
        var directory: String?
        /// False when the same medium was there already, and with `--check`.
        var isNew: Bool
        var family: OSFamily
        var distribution: String
        var version: String?
        var architecture: String
        var variant: String?
        var label: String
        var kernel: String?
        var initramfs: [String]
        var bootFiles: [BootFile]
        /// How many.
        var files: Int
        /// In octets.
        var size: Int64
        var verification: MediumVerification
        /// The profile that was made of it.
        var profile: String?
    }

    func run(in context: CommandContext) async throws {
        let state = try options.stateDirectory(in: context)
        let work = LongWork(context)
        defer { work.finish() }
        let importer = MediumImporter(
            store: state.media, tools: context.tools, clock: context.clock, keyrings: state.keyringsDirectory)
        let place = place.contains("://") || place.hasPrefix("/") ? place : "\(context.currentDirectory)/\(place)"
        var report: Report
        var profile: FirstProfile?
        var mended: [String] = []
        if check {
            report = Report(try await importer.examine(place) { work.step($0, $1) }, name: name)
        } else {
            let outcome = try await importer.run(place, name: name) { work.step($0, $1) }
            mended = outcome.mended
            report = Report(outcome.record, directory: state.media.path(outcome.record.name), isNew: outcome.isNew)
            profile = noProfile ? nil : try FirstProfile(of: outcome.record, in: state)
            report.profile = profile?.made
        }
        work.finish()
        for line in verificationLines(report.verification) { try context.note(line) }
        if !mended.isEmpty { try context.note(Self.words(mended: mended)) }
        if !check, !report.isNew {
            let rest = mended.isEmpty ? ": nothing was changed" : ""
            try context.note("the same medium was there already\(rest)")
        }
        if let profile { try context.note(profile.words) }
        try options.write(report, in: context) { report, _ in
            Array("\(report.name)\(report.directory == nil ? ": \(printable(report.label))" : "")\n".utf8)
        }
    }
}

extension MediaImportCommand {
    fileprivate static func words(mended paths: [String]) -> String {
        let files = paths.count == 1 ? "1 file" : "\(grouped(paths.count)) files"
        let more = paths.count > 3 ? ", and \(grouped(paths.count - 3)) more" : ""
        return "what was stored of \(files) had been damaged on the disk, and was replaced in all media: "
            + paths.prefix(3).map { printable($0) }.joined(separator: ", ") + more
    }
}

extension MediaImportCommand.Report {
    init(_ record: MediumRecord, directory: String, isNew: Bool) {
        self.init(
            name: record.name, directory: directory, isNew: isNew, family: record.family,
            distribution: record.distribution, version: record.version, architecture: record.architecture,
            variant: record.variant, label: record.label, kernel: record.kernel, initramfs: record.initramfs,
            bootFiles: record.bootFiles, files: record.files, size: record.size, verification: record.verification)
    }

    init(_ found: MediumExamination, name: String?) {
        let medium = found.medium
        self.init(
            name: name ?? medium.defaultName, directory: nil, isNew: false, family: medium.family,
            distribution: medium.distribution, version: medium.version, architecture: medium.architecture,
            variant: medium.variant, label: medium.label, kernel: medium.kernel, initramfs: medium.initramfs,
            bootFiles: medium.bootFiles, files: found.files, size: found.size, verification: found.verification)
    }
}
