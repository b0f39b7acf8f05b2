import ArgumentParser
import CertificateAuthority
import DeploymentModel
import Images
import MusterAPI

struct ImageCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration.command(
        "image", "Build images, and look at their versions.",
        discussion: """
            These commands work in the state directory itself; no service has to run, but for nodes, missing and gc, \
            which ask it what machines run.
            """,
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

    /// The version that a text names, if this site signed it.
    ///
    /// - Throws: ``MusterError`` `notFound`, or `verificationFailed`.
    func signedImage(_ text: String, in context: CommandContext) throws -> ImageReference {
        let reference = try images.find(text)
        try requireSigned(reference, in: context)
        return reference
    }

    /// Throws ``MusterError`` `verificationFailed` for a version that this site did not sign.
    func requireSigned(_ reference: ImageReference, in context: CommandContext) throws {
        let authority = try SiteAuthority.open(at: authorityDirectory, clock: context.clock)
        try images.requireSigned(reference, ImageStore.signatureCheck(publicKey: authority.imagePublicKey))
    }
}
