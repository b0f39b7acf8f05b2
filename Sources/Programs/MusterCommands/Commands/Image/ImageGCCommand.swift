import ArgumentParser
import DeploymentModel
import Images
import MusterAPI
import MusterBase
import Profiles

struct ImageGCCommand: ContextCommand {
    static let configuration = CommandConfiguration.command(
        "gc", "Remove versions and chunks that nothing needs.",
        discussion: """
            What stays: the newest versions of each image, those that a channel points at or can go back to, those that \
            a profile gives, and those that a node runs or is being deployed with. For the last the service is asked, and \
            without it nothing is removed.
            """,
        examples: ["muster image gc --dry-run", "muster image gc --keep 5"])

    @OptionGroup var options: CommonOptions
    @Option(help: ArgumentHelp("So many of the newest versions of each image stay.", valueName: "count")) var keep = 3
    @Flag(help: "Only say what would be removed.") var dryRun = false

    /// The document that `--output json` writes.
    struct Report: Encodable {
        /// `NAME@VERSION`.
        var versions: [String]
        /// How many.
        var chunks: Int
        /// Of all that is removed.
        var octets: Int64
        /// False when it was only looked at.
        var removed: Bool
    }

    mutating func validate() throws {
        guard keep >= 1 else { throw ValidationError("--keep takes a number from 1") }
    }

    func run(in context: CommandContext) async throws {
        let state = try options.stateDirectory(in: context)
        let needed = try await needed(state, in: context)
        let collection = ImageCollection(store: state.images)
        let plan =
            try dryRun
            ? collection.plan(keep: keep, needed: needed) : collection.collect(keep: keep, needed: needed)
        let report = Report(
            versions: plan.versions.map(\.description), chunks: plan.chunks.count, octets: plan.octets,
            removed: !dryRun)
        try options.write(report, in: context) { report, _ in
            let versions = report.versions.isEmpty ? "no version" : report.versions.joined(separator: ", ")
            let what = "\(versions) and \(counted(report.chunks, "chunk")), \(sizeText(report.octets))"
            return Array("\(report.removed ? "removed" : "would remove") \(what)\n".utf8)
        }
    }

    /// Versions that profiles give, or that a machine may be reading.
    private func needed(_ state: StateDirectory, in context: CommandContext) async throws -> Set<ImageReference> {
        let profiles = try ProfileStore(publicDirectory: state.publicDirectory)
        var needed: Set<ImageReference> = []
        for name in try profiles.names() {
            if let booted = try profiles.bootedImage(of: name) { needed.insert(booted) }
            if let profile = try? profiles.load(name), let wanted = try? profiles.wantedImage(of: profile) {
                needed.insert(wanted)
            }
        }
        for status in try await options.client(in: context).status(nil).nodes {
            if let running = status.running { needed.insert(running) }
            if let image = status.deployment?.image, let reference = ImageReference(image) { needed.insert(reference) }
        }
        return needed
    }
}
