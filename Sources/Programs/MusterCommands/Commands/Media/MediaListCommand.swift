import ArgumentParser
import Media
import MusterBase

struct MediaListCommand: ContextCommand {
    static let configuration = CommandConfiguration.command(
        "list", "List the media that were imported.",
        discussion: "Ends with 1 when one is damaged; the others are listed all the same.",
        examples: ["muster media list", "muster media list --output json"])

    @OptionGroup var options: CommonOptions

    /// The document that `--output json` writes.
    struct Report: Encodable {
        struct Damaged: Encodable {
            var name: String
            var problem: String
        }

        var media: [MediumRecord]
        var damaged: [Damaged]
    }

    func run(in context: CommandContext) async throws {
        let listing = try options.stateDirectory(in: context).media.list()
        let report = Report(
            media: listing.media, damaged: listing.damaged.map { .init(name: $0.name, problem: $0.problem) })
        try options.write(report, in: context) { Self.table($0.media).render($1) }
        for one in listing.damaged { try context.note("muster: \(printable(one.name)) is damaged: \(one.problem)") }
        if !listing.damaged.isEmpty { throw CommandFailure.failed }
    }

    private static func table(_ media: [MediumRecord]) -> TextTable {
        var table = TextTable([
            .init("MEDIUM"), .init("FAMILY"), .init("VERSION"), .init("ARCHITECTURE"), .init("FILES", .right),
            .init("SIZE", .right), .init("IMPORTED"), .init("LABEL", shrinks: true),
        ])
        for medium in media {
            table.add([
                .init(medium.name), .init(medium.family.rawValue), .init(medium.version ?? "-"),
                .init(medium.architecture), .init(String(medium.files)), .init(sizeText(medium.size)),
                .init(String(medium.imported.description.prefix(10))), .init(medium.label),
            ])
        }
        return table
    }
}
