import ArgumentParser
import DeploymentModel
import Images
import MusterAPI
import MusterBase
import NodeRange

struct ImageMissingCommand: ContextCommand {
    static let configuration = CommandConfiguration.command(
        "missing", "Say which versions, and which nodes that run them, lack a fix.",
        discussion: """
            Versions are compared as dpkg and rpm do. A version without the package needs no fix, so it is not listed; \
            with a name alone, those are listed that do not have the package. A version whose packages are not known is \
            listed as such. Ends with 1 when something is listed.
            """,
        examples: ["muster image missing 'openssl>=3.0.15'", "muster image missing auditd --no-nodes"])

    @OptionGroup var options: CommonOptions
    @Argument(help: ArgumentHelp("PACKAGE, or PACKAGE>=VERSION (also =, >, <, <=).", valueName: "package"))
    var package: String
    @Flag(inversion: .prefixedNo, help: "Ask the service which nodes run them.") var nodes = true

    /// The document that `--output json` writes.
    struct Report: Encodable {
        struct Version: Encodable {
            /// `NAME@VERSION`.
            var image: String
            /// What it has instead; `not known` when its packages are not.
            var installed: String
            /// Names of the nodes that run it, as they report themselves.
            var nodes: [String]
        }

        var images: [Version]
    }

    mutating func validate() throws {
        guard PackageRequirement(package) != nil else {
            throw ValidationError("'\(package)' is not PACKAGE or PACKAGE>=VERSION")
        }
    }

    func run(in context: CommandContext) async throws {
        guard let requirement = PackageRequirement(package) else { throw CommandFailure.failed }
        let listing = try options.stateDirectory(in: context).images.list()
        var running: [ImageReference: [String]] = [:]
        if nodes {
            for status in try await options.client(in: context).status(nil).nodes {
                if let image = status.running { running[image, default: []].append(status.node) }
            }
        }
        let missing = MissingPackages(requirement)
        let report = Report(
            images: listing.manifests.compactMap { manifest in
                missing.lack(in: manifest).map {
                    .init(
                        image: "\(manifest.reference)", installed: $0, nodes: running[manifest.reference] ?? [])
                }
            })
        try options.write(report, in: context) { report, style in
            var table = TextTable([.init("IMAGE"), .init("INSTALLED"), .init("NODES")])
            for image in report.images {
                table.add([
                    .init(image.image), .init(image.installed),
                    .init(image.nodes.isEmpty ? "-" : NodeSet(image.nodes).description),
                ])
            }
            return table.render(style)
        }
        for one in listing.damaged { try context.note("muster: \(one.subject) is damaged: \(one.problem)") }
        if !report.images.isEmpty || !listing.damaged.isEmpty { throw CommandFailure.failed }
    }
}
