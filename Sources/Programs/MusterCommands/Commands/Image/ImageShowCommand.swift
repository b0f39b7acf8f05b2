import ArgumentParser
import DeploymentModel
import Images
import MusterBase

struct ImageShowCommand: ContextCommand {
    static let configuration = CommandConfiguration.command(
        "show", "Show what a version of an image is made of.",
        discussion: "With --sbom: its packages as a software bill of materials, SPDX 2.3 in JSON.",
        examples: [
            "muster image show debian-12", "muster image show debian-12@7 --packages",
            "muster image show debian-12@7 --sbom",
        ])

    @OptionGroup var options: CommonOptions
    @Argument(help: ArgumentHelp("NAME@VERSION, or a name for the latest version.", valueName: "image"))
    var image: String
    @Flag(help: "Also list the packages.") var packages = false
    @Flag(help: "Print the packages as an SPDX document, and nothing else.") var sbom = false

    /// The document that `--output json` writes: the manifest, and what is known beside it.
    struct Report: Encodable {
        var manifest: ImageManifest
        /// Absent when it is not known, as of versions that were packed elsewhere.
        var history: ImageHistory.Entry?

        private enum Key: CodingKey {
            case history
        }

        func encode(to encoder: any Encoder) throws {
            try manifest.encode(to: encoder)
            var container = encoder.container(keyedBy: Key.self)
            try container.encodeIfPresent(history, forKey: .history)
        }
    }

    func run(in context: CommandContext) async throws {
        let state = try options.stateDirectory(in: context)
        let manifest = try state.images.manifest(try state.images.find(image))
        guard !sbom else { return try context.output.write(SoftwareBill(manifest).json()) }
        // Only who may read private files is told.
        let histories = ImageHistories(privateDirectory: state.privateDirectory)
        let history = try? histories.history(of: manifest.name).entry(manifest.version)
        try options.write(Report(manifest: manifest, history: history), in: context) { report, style in
            Self.text(of: report, style)
                + (packages ? [UInt8(ascii: "\n")] + Self.packageTable(manifest).render(style) : [])
        }
    }

    static func text(of report: Report, _ style: TextStyle) -> [UInt8] {
        let manifest = report.manifest
        let packed = report.history.map { "\($0.packedAt) by \($0.packedBy)" } ?? "not known"
        let facts = [
            ("image", "\(manifest.name)@\(manifest.version)"),
            ("system", "\(manifest.distribution) \(manifest.distributionVersion)"),
            ("architecture", manifest.architecture), ("kernel", manifest.kernelRelease),
            ("created", manifest.created.description), ("recipe", recipe(of: manifest)),
            ("memory", "at least \(sizeText(manifest.minimalMemory))"), ("packages", String(manifest.packages.count)),
            ("parent", manifest.parent?.description ?? "none"), ("packed", packed),
        ]
        let width = facts.map(\.0.count).max() ?? 0
        let lines = facts.map { name, value in
            style.paint(name, .strong) + String(repeating: " ", count: width - name.count + 2) + printable(value) + "\n"
        }
        var table = TextTable([.init("FILE"), .init("SIZE", .right), .init("DIGEST")])
        for file in manifest.files {
            table.add([.init(file.name), .init(sizeText(file.size)), .init(file.digest.description)])
        }
        let root = manifest.root
        table.add([
            .init("root.squashfs (\(counted(root.chunks.count, "chunk")))"), .init(sizeText(root.size)),
            .init(root.digest.description),
        ])
        return Array((lines.joined() + "\n").utf8) + table.render(style)
    }

    /// The recipe's digest, and whether the recipe is all.
    private static func recipe(of manifest: ImageManifest) -> String {
        let changes = manifest.handChanges.map { ", and \(counted($0, "command")) by hand" } ?? ""
        return manifest.recipeDigest.description + changes
    }

    private static func packageTable(_ manifest: ImageManifest) -> TextTable {
        var table = TextTable([.init("PACKAGE"), .init("VERSION"), .init("ARCHITECTURE")])
        for package in manifest.packages {
            table.add([.init(package.name), .init(package.version), .init(package.architecture)])
        }
        return table
    }
}
