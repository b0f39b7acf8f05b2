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
            a profile gives, and those that a machine may be reading: what its node runs, is being deployed with, or ran \
            when it was armed anew or taken out. For the last the service is asked, and without it nothing is removed. It \
            knows it from its store, also when it was just started.
            """,
        examples: ["muster image gc --dry-run", "muster image gc --keep 5", "muster image gc --without-removed"])

    @OptionGroup var options: CommonOptions
    @Option(help: ArgumentHelp("So many of the newest versions of each image stay.", valueName: "count")) var keep = 3
    @Flag(help: "Only say what would be removed.") var dryRun = false
    @Flag(help: "Also remove what machines ran whose deployments were removed: they are switched off.")
    var withoutRemoved = false

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
        /// Versions that stay because a machine ran them whose deployments were removed, and those nodes.
        var kept: [Kept]

        struct Kept: Encodable {
            var image: String
            var nodes: [String]
        }
    }

    mutating func validate() throws {
        guard keep >= 1 else { throw ValidationError("--keep takes a number from 1") }
    }

    func run(in context: CommandContext) async throws {
        let state = try options.stateDirectory(in: context)
        let collection = ImageCollection(store: state.images)
        let client = try options.client(in: context)
        var uses: [ImageUse] = []
        var stays: [ImageReference] = []
        func gather() async throws -> Set<ImageReference> {
            uses = try await client.imageUses().uses
            let needed = try given(state).union(Self.versions(uses, of: [.deployment, .former, .running]))
            let left = withoutRemoved ? [] : Self.versions(uses, of: [.removed]).subtracting(needed)
            if !left.isEmpty {
                stays = try collection.plan(keep: keep, needed: needed).versions.filter(left.contains)
            }
            return needed.union(left)
        }
        let plan =
            dryRun
            ? try collection.plan(keep: keep, needed: try await gather())
            : try await collection.collect(keep: keep, needed: gather)
        let report = Report(
            versions: plan.versions.map(\.description), chunks: plan.chunks.count, octets: plan.octets,
            removed: !dryRun,
            kept: stays.map { image in
                .init(
                    image: image.description, nodes: uses.filter { $0.image == image.description }.map(\.node).sorted())
            })
        try options.write(report, in: context) { report, _ in
            let versions = report.versions.isEmpty ? "no version" : report.versions.joined(separator: ", ")
            let what = "\(versions) and \(counted(report.chunks, "chunk")), \(sizeText(report.octets))"
            let kept = report.kept.map {
                "\($0.image) stays: \($0.nodes.joined(separator: ", ")) ran it when their deployments were removed; if they "
                    + "are switched off: --without-removed\n"
            }
            return Array("\(report.removed ? "removed" : "would remove") \(what)\n\(kept.joined())".utf8)
        }
    }

    private static func versions(_ uses: [ImageUse], of reasons: Set<ImageUse.Reason>) -> Set<ImageReference> {
        Set(uses.filter { reasons.contains($0.reason) }.compactMap { ImageReference($0.image) })
    }

    /// Versions that profiles give.
    private func given(_ state: StateDirectory) throws -> Set<ImageReference> {
        let profiles = try ProfileStore(publicDirectory: state.publicDirectory)
        var needed: Set<ImageReference> = []
        for name in try profiles.names() {
            if let booted = try profiles.bootedImage(of: name) { needed.insert(booted) }
            if let profile = try? profiles.load(name), let wanted = try? profiles.wantedImage(of: profile) {
                needed.insert(wanted)
            }
        }
        return needed
    }
}
