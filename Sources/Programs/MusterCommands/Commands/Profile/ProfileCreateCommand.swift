import ArgumentParser
import DeploymentModel
import Images
import Media
import MusterBase
import OSFamilies
import Profiles

extension ProfileVariant: ExpressibleByArgument {}

struct ProfileCreateCommand: ContextCommand {
    static let configuration = CommandConfiguration.command(
        "create", "Make a profile that runs an image, or installs from a medium.",
        discussion: """
            An image without a version: the profile follows the latest one. An imported medium: its own installer puts the \
            system on machines, and the variant says what it begins with. The profile's directory is yours to edit.
            """,
        examples: [
            "muster profile create debian-12 debian-12", "muster profile create stable debian-12@7",
            "muster profile create trixie debian-13-netboot-amd64 --variant hpc",
        ])

    @OptionGroup var options: CommonOptions
    @Argument(help: ArgumentHelp("Name of the new profile.", valueName: "profile")) var profile: String
    @Argument(
        help: ArgumentHelp(
            "An image by NAME, or NAME@VERSION to stay with that version; or a medium by its name.", valueName: "source"
        ))
    var source: String
    @Option(
        help: ArgumentHelp(
            """
            Of a medium: default is what its distributor installs on a server, minimal what a machine needs that is reached \
            by ssh, hpc what a cluster's node needs.
            """, valueName: "variant"))
    var variant: ProfileVariant?

    /// The document that `--output json` writes.
    struct Report: Encodable {
        var name: String
        var directory: String
        var image: String?
        var medium: String?
        /// Of a medium.
        var variant: String?
    }

    func run(in context: CommandContext) async throws {
        let state = try options.stateDirectory(in: context)
        let store = try ProfileStore(publicDirectory: state.publicDirectory)
        // What is chosen here is not removed before something points at it.
        let held = try state.images.hold()
        defer { held?.release() }
        let medium = try medium(in: store)
        var report = Report(name: profile, directory: store.path(profile), medium: medium?.name)
        if let medium {
            let variant = variant ?? .standard
            _ = try store.createFromMedium(profile, medium: medium, variant: variant)
            report.variant = variant.rawValue
        } else {
            guard variant == nil else {
                throw MusterError(
                    .invalidInput, "--variant goes with a medium, and '\(source)' is none",
                    advice: "an image has what it was built with; muster media list shows the media")
            }
            let created = try store.createFromImage(profile, image: source) { try state.requireSigned($0, in: context) }
            report.image = try store.wantedImage(of: created)?.description
        }
        try Ownership.settle(state)
        try options.write(report, in: context) { report, _ in
            let source = report.image ?? report.medium ?? ""
            return Array("made profile \(report.name) (\(source)) in \(report.directory)\n".utf8)
        }
    }

    /// The medium of that name; nil when there is none, or an image is meant.
    private func medium(in store: ProfileStore) throws -> MediumRecord? {
        guard ImageReference(source) == nil, store.media.has(source) else { return nil }
        guard (try? store.images.find(source)) == nil else {
            throw MusterError(
                .conflict, "there is an image and a medium of the name '\(source)'",
                advice: "name the image with its version: \(source)@1")
        }
        return try store.media.record(source)
    }
}
