import ArgumentParser
import CertificateAuthority
import Images
import MusterAPI
import MusterBase
import Profiles

struct ImagePackCommand: ContextCommand {
    static let configuration = CommandConfiguration.command(
        "pack", "Make the next version of an image from its built tree, signed by the site.",
        discussion: """
            Prints the version. A tree that gives what the latest version is already makes none, unless forced. \
            Profiles \
            that follow the latest version are moved to it.
            """,
        examples: ["muster image pack debian-12"])

    @OptionGroup var options: CommonOptions
    @Argument(help: ArgumentHelp("Name of the image.", valueName: "image")) var image: String
    @Option(help: ArgumentHelp("zstd's level for the root file system, 1 to 22.", valueName: "level"))
    var compression = ImagePacker.Options().compressionLevel
    @Flag(help: "Make a version also when nothing changed.") var force = false

    mutating func validate() throws {
        guard (1...22).contains(compression) else { throw ValidationError("--compression takes 1 to 22") }
    }

    /// The document that `--output json` writes.
    struct Report: Encodable {
        var name: String
        var version: Int
        /// False when the latest version is the same already.
        var isNew: Bool
        /// The profiles that were moved to it.
        var profiles: [String]
        var missingFirmware: [String]
        /// Extended attributes that some files had and squashfs has no place for.
        var lostAttributes: [String]
        /// Blocks of the root file system, and those of them that had not changed since the last time.
        var blocks: Int
        var reusedBlocks: Int
    }

    func run(in context: CommandContext) async throws {
        let state = try options.stateDirectory(in: context)
        let authority = try SiteAuthority.open(at: state.authorityDirectory, clock: context.clock)
        let work = LongWork(context)
        defer { work.finish() }
        let result = try await ImagePacker(stateDirectory: state.path, tools: context.tools).pack(
            image,
            options: .init(
                compressionLevel: compression, isForced: force, person: context.userName, time: context.clock.now()),
            sign: authority.signImage, progress: { work.step($0, $1) })
        work.finish()
        let report = Report(
            name: result.manifest.name, version: result.manifest.version, isNew: result.isNew,
            profiles: try moveProfiles(of: result.manifest.name, following: .latest, in: state),
            missingFirmware: result.missingFirmware, lostAttributes: result.rootFileSystem.lostAttributes,
            blocks: result.rootFileSystem.blocks, reusedBlocks: result.rootFileSystem.reusedBlocks)
        try Ownership.settle(state)
        try explain(report, in: context)
        if result.manifest.packages.isEmpty {
            try context.note(
                "no list of packages was found in the tree: muster image missing cannot tell what this version lacks")
        }
        try options.write(report, in: context) { report, _ in Array("\(report.name)@\(report.version)\n".utf8) }
    }

    private func explain(_ report: Report, in context: CommandContext) throws {
        if !report.isNew { try context.note("nothing changed since this version: no new one was made") }
        if !report.profiles.isEmpty { try context.note("moved to it: \(report.profiles.joined(separator: ", "))") }
        if !report.missingFirmware.isEmpty {
            try context.note(
                "\(counted(report.missingFirmware.count, "firmware file")) that drivers may ask for are not in the tree "
                    + "(--output json lists them)")
        }
        if !report.lostAttributes.isEmpty {
            let lost = report.lostAttributes.joined(separator: ", ")
            try context.note("squashfs has no place for these extended attributes: \(lost)")
        }
    }
}
