import ArgumentParser
import DeploymentModel
import Images
import MusterAPI
import MusterBase
import Profiles

struct ImageRollbackCommand: ContextCommand {
    static let configuration = CommandConfiguration.command(
        "rollback", "Point a channel of an image at the version before.",
        discussion: "Once more goes one further back. Profiles that follow the channel are moved along.",
        examples: ["muster image rollback debian-12 production"])

    @OptionGroup var options: CommonOptions
    @Argument(help: ArgumentHelp("Name of the image.", valueName: "image")) var image: String
    @Argument(help: ArgumentHelp("Name of the channel.", valueName: "channel")) var channel: String

    mutating func validate() throws {
        guard ImageReference.isValidName(image) else {
            throw ValidationError(
                "rollback takes an image by its name, such as debian-12; to point a channel at a version: "
                    + "muster image promote \(printable(image)) \(printable(channel))")
        }
    }

    func run(in context: CommandContext) async throws {
        let state = try options.stateDirectory(in: context)
        // What is chosen here is not removed before something points at it.
        let held = try state.images.hold()
        defer { held?.release() }
        let name = try state.images.find(image).name
        let channel = channel
        let (from, version) = try state.images.changeChannels(of: name) { channels in
            guard let from = channels.versions[channel] else {
                let known = channels.versions.keys.sorted().joined(separator: ", ")
                throw MusterError(
                    .notFound, "\(name) has no channel '\(channel)'",
                    advice: known.isEmpty ? "make one: muster image promote \(name) CHANNEL" : "there are: \(known)")
            }
            guard let target = channels.earlier(channel).last else {
                throw MusterError(.notFound, "\(channel) of \(name) has pointed at \(name)@\(from) alone")
            }
            // It may have been removed.
            guard let reference = ImageReference(name: name, version: target),
                (try? state.images.manifest(reference)) != nil
            else {
                throw MusterError(
                    .notFound, "\(name)@\(target), which \(channel) pointed at before, is not there any more",
                    advice: "promote another: muster image promote \(name)@VERSION \(channel)")
            }
            guard let version = channels.rollBack(channel, at: context.clock.now(), by: context.userName) else {
                throw MusterError(.internalFailure, "\(channel) of \(name) could not be moved back")
            }
            return (from, version)
        }
        let report = ChannelReport(
            image: name, channel: channel, version: version, from: from, moved: true,
            profiles: try moveProfiles(of: name, following: .channel(channel), in: state))
        try Ownership.settle(state)
        if !report.profiles.isEmpty { try context.note("moved to it: \(report.profiles.joined(separator: ", "))") }
        try options.write(report, in: context) { report, _ in report.line }
    }
}
