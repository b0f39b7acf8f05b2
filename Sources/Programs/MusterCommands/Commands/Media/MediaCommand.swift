import ArgumentParser
import LinuxSystem
import Media
import MusterAPI
import MusterBase

struct MediaCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration.command(
        "media", "Media of operating systems, which installations take their files from.",
        discussion: "These commands work in the state directory itself; no service has to run.",
        examples: ["muster media import ./Rocky-9.4-x86_64-dvd.iso", "muster media list"],
        subcommands: [
            MediaImportCommand.self, MediaListCommand.self, MediaShowCommand.self, MediaRemoveCommand.self,
        ])
}

extension StateDirectory {
    var media: MediaStore { MediaStore(directory: mediaDirectory) }

    /// Where profiles are.
    var profileDirectories: [String] { [profilesDirectory, "\(privateDirectory)/os"] }

    /// Where a site keeps keyrings of distributions that the system has none of.
    var keyringsDirectory: String { "\(FilePathText.parent(of: settingsFile))/keyrings" }
}
