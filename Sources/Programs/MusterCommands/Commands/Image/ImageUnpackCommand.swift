import ArgumentParser
import Images
import MusterAPI
import MusterBase

struct ImageUnpackCommand: ContextCommand {
    static let configuration = CommandConfiguration.command(
        "unpack", "Give the tree of a version back.",
        discussion: """
            The directory must not be there yet, or be empty. Root gets owners, device nodes and all attributes as they \
            are in the image; others get the content, as their own.
            """,
        examples: ["muster image unpack debian-12@7 /srv/tree"])

    @OptionGroup var options: CommonOptions
    @Argument(help: ArgumentHelp("NAME@VERSION, or a name for the latest version.", valueName: "image"))
    var image: String
    @Argument(help: ArgumentHelp("Where the tree goes.", valueName: "directory")) var directory: String

    /// The document that `--output json` writes.
    struct Report: Encodable {
        /// `NAME@VERSION`.
        var image: String
        var directory: String
    }

    func run(in context: CommandContext) async throws {
        let state = try options.stateDirectory(in: context)
        let reference = try state.signedImage(image, in: context)
        let work = LongWork(context)
        defer { work.finish() }
        let unpacker = ImageUnpacker(
            store: state.images, keys: ChunkKeys(privateDirectory: state.privateDirectory), tools: context.tools)
        try await unpacker.unpack(reference, to: directory) { work.step($0, $1) }
        work.finish()
        try options.write(Report(image: "\(reference)", directory: directory), in: context) { report, _ in
            Array("\(report.image) is in \(report.directory)\n".utf8)
        }
    }
}
