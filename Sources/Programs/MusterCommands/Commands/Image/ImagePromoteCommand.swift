import ArgumentParser
import DeploymentModel
import Images
import MusterAPI
import MusterBase
import Profiles

/// The document that `--output json` writes when a channel was moved.
struct ChannelReport: Encodable {
    var image: String
    var channel: String
    var version: Int
    /// Absent for a new channel.
    var from: Int?
    /// False when the channel pointed there already.
    var moved: Bool
    /// The profiles that were moved with it.
    var profiles: [String]

    var line: [UInt8] {
        let before = from.map { ", before \(image)@\($0)" } ?? ""
        return Array("\(channel) of \(image) is \(image)@\(version)\(moved ? before : ", as it was")\n".utf8)
    }
}

struct ImagePromoteCommand: ContextCommand {
    static let configuration = CommandConfiguration.command(
        "promote", "Point a channel of an image at a version.",
        discussion: """
            Channels are names such as development, pre-production and production; the first promotion makes one. \
            Profiles that \
            follow it (image.channel) are moved along: machines get the version at their next boot.
            """,
        examples: ["muster image promote debian-12@7 production"])

    @OptionGroup var options: CommonOptions
    @Argument(help: ArgumentHelp("NAME@VERSION, or a name for the latest version.", valueName: "image"))
    var image: String
    @Argument(help: ArgumentHelp("Name of the channel.", valueName: "channel")) var channel: String

    mutating func validate() throws {
        guard ImageChannels.isValidName(channel) else {
            throw ValidationError(
                "'\(channel)' cannot name a channel: lower-case letters, digits, '.', '_' and '-', first a letter; "
                    + "not latest")
        }
    }

    func run(in context: CommandContext) async throws {
        let state = try options.stateDirectory(in: context)
        // What is chosen here is not removed before something points at it.
        let held = try state.images.hold()
        defer { held?.release() }
        let reference = try state.signedImage(image, in: context)
        // What cannot be read is not promoted.
        _ = try state.images.manifest(reference)
        let channel = channel
        let (from, isMoved) = try state.images.changeChannels(of: reference.name) { channels in
            let from = channels.versions[channel]
            let isMoved = channels.promote(
                channel, to: reference.version, at: context.clock.now(), by: context.userName)
            return (from, isMoved)
        }
        let report = ChannelReport(
            image: reference.name, channel: channel, version: reference.version, from: from, moved: isMoved,
            profiles: try moveProfiles(of: reference.name, following: .channel(channel), in: state))
        try Ownership.settle(state)
        if !report.profiles.isEmpty { try context.note("moved to it: \(report.profiles.joined(separator: ", "))") }
        try options.write(report, in: context) { report, _ in report.line }
    }
}

/// Leads the profiles that follow a version of an image to it, and gives their names.
func moveProfiles(
    of image: String, following version: Profile.ImageChoice.Version, in state: StateDirectory
) throws -> [String] {
    let store = try ProfileStore(publicDirectory: state.publicDirectory)
    return try store.names().filter { name in
        // A profile with a fault in its file keeps its boot script; muster check tells of it.
        guard let profile = try? store.load(name), profile.image?.name == image,
            profile.image?.version == version
        else { return false }
        return try store.updateBoot(name)
    }
}
