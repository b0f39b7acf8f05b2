import ArgumentParser
import Images
import MusterAPI

struct ImageCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration.command(
        "image", "Build images, and look at their versions.",
        discussion: "These commands work in the state directory itself; no service has to run.",
        examples: ["muster image build debian-12", "muster image pack debian-12", "muster image list"],
        subcommands: [
            ImageBuildCommand.self, ImageCaptureCommand.self, ImageExecCommand.self, ImagePackCommand.self,
            ImageListCommand.self,
            ImageShowCommand.self,
            ImageVerifyCommand.self, ImageUnpackCommand.self, ImageDiffCommand.self, ImagePromoteCommand.self,
            ImageRollbackCommand.self, ImageNodesCommand.self, ImageMissingCommand.self, ImageExportCommand.self,
            ImageGCCommand.self,
        ])
}

extension StateDirectory {
    var images: ImageStore { ImageStore(directory: imagesDirectory) }
}
