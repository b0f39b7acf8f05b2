import ArgumentParser
import DeploymentModel
import MusterBase

struct ImageListCommand: ContextCommand {
    static let configuration = CommandConfiguration.command(
        "list", "List the versions of all images.",
        discussion: "Ends with 1 when one is damaged; the others are listed all the same.",
        examples: ["muster image list", "muster image list debian-12"])

    @OptionGroup var options: CommonOptions
    @Argument(help: ArgumentHelp("Name of an image; without one, all.", valueName: "image")) var image: String?

    /// One version, without its packages.
    struct Summary: Encodable {
        var name: String
        var version: Int
        var architecture: String
        var distribution: String
        var distributionVersion: String
        var kernelRelease: String
        var created: Timestamp
        /// In octets: all files and the root file system.
        var size: Int64
        var packages: Int

        init(_ manifest: ImageManifest) {
            name = manifest.name
            version = manifest.version
            architecture = manifest.architecture
            distribution = manifest.distribution
            distributionVersion = manifest.distributionVersion
            kernelRelease = manifest.kernelRelease
            created = manifest.created
            size = manifest.files.reduce(manifest.root.size) { $0 + $1.size }
            packages = manifest.packages.count
        }
    }

    /// The document that `--output json` writes.
    struct Report: Encodable {
        struct Damaged: Encodable {
            var name: String
            /// Absent when nothing of the image can be read.
            var version: Int?
            var problem: String
        }

        var images: [Summary]
        var damaged: [Damaged]
    }

    func run(in context: CommandContext) async throws {
        let listing = try options.stateDirectory(in: context).images.list()
        let damaged = listing.damaged.filter { image == nil || $0.name == image }
        let report = Report(
            images: listing.manifests.filter { image == nil || $0.name == image }.map(Summary.init),
            damaged: damaged.map { .init(name: $0.name, version: $0.version, problem: $0.problem) })
        try options.write(report, in: context) { Self.table($0).render($1) }
        for one in damaged { try context.note("muster: \(one.subject) is damaged: \(one.problem)") }
        if !damaged.isEmpty { throw CommandFailure.failed }
    }

    static func table(_ report: Report) -> TextTable {
        var table = TextTable([
            .init("IMAGE"), .init("SYSTEM"), .init("ARCHITECTURE"), .init("KERNEL"), .init("SIZE", .right),
            .init("PACKAGES", .right), .init("CREATED"),
        ])
        for image in report.images {
            table.add([
                .init("\(image.name)@\(image.version)"), .init("\(image.distribution) \(image.distributionVersion)"),
                .init(image.architecture), .init(image.kernelRelease), .init(sizeText(image.size)),
                .init(String(image.packages)), .init(String(image.created.description.prefix(10))),
            ])
        }
        return table
    }
}
