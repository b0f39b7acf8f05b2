import ArgumentParser
import DeploymentModel
import Images
import MusterBase

struct ImageListCommand: ContextCommand {
    static let configuration = CommandConfiguration.command(
        "list", "List the versions of all images.",
        discussion: """
            OWN is what no other version of any image has: what is won when the version goes. Ends with 1 when one is \
            damaged; the others are listed all the same.
            """,
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
        /// In octets: the files, and the chunks that no other version has.
        var own: Int64
        /// In octets: the chunks that another version has, too.
        var shared: Int64
        var packages: Int
        /// The channels that point at it.
        var channels: [String]

        init(_ manifest: ImageManifest, _ sizes: VersionSizes.Size, channels: [String]) {
            name = manifest.name
            version = manifest.version
            architecture = manifest.architecture
            distribution = manifest.distribution
            distributionVersion = manifest.distributionVersion
            kernelRelease = manifest.kernelRelease
            created = manifest.created
            size = manifest.files.reduce(manifest.root.size) { $0 + $1.size }
            own = sizes.own
            shared = sizes.shared
            packages = manifest.packages.count
            self.channels = channels
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
        let store = try options.stateDirectory(in: context).images
        let listing = try store.list()
        let damaged = listing.damaged.filter { image == nil || $0.name == image }
        let sizes = VersionSizes(listing.manifests)
        let wanted = listing.manifests.filter { image == nil || $0.name == image }
        // Throws for an image that is not there, and says which are.
        if let image, wanted.isEmpty, damaged.isEmpty { _ = try store.find(image) }
        var channels: [String: [String: Int]] = [:]
        for name in Set(wanted.map(\.name)) { channels[name] = try store.channels(of: name).versions }
        let report = Report(
            images: wanted.map { manifest in
                let pointing = (channels[manifest.name] ?? [:]).filter { $0.value == manifest.version }.keys.sorted()
                return Summary(manifest, sizes[manifest.reference], channels: pointing)
            },
            damaged: damaged.map { .init(name: $0.name, version: $0.version, problem: $0.problem) })
        try options.write(report, in: context) { Self.table($0).render($1) }
        for one in damaged { try context.note("muster: \(one.subject) is damaged: \(one.problem)") }
        if !damaged.isEmpty { throw CommandFailure.failed }
    }

    static func table(_ report: Report) -> TextTable {
        var table = TextTable([
            .init("IMAGE"), .init("SYSTEM"), .init("ARCHITECTURE"), .init("KERNEL"), .init("SIZE", .right),
            .init("OWN", .right), .init("PACKAGES", .right), .init("CREATED"), .init("CHANNELS"),
        ])
        for image in report.images {
            table.add([
                .init("\(image.name)@\(image.version)"), .init("\(image.distribution) \(image.distributionVersion)"),
                .init(image.architecture), .init(image.kernelRelease), .init(sizeText(image.size)),
                .init(sizeText(image.own)), .init(String(image.packages)),
                .init(String(image.created.description.prefix(10))), .init(image.channels.joined(separator: ", ")),
            ])
        }
        return table
    }
}
