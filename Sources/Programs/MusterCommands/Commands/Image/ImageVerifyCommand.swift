import ArgumentParser
import CertificateAuthority
import DeploymentModel
import Images
import MusterBase

struct ImageVerifyCommand: ContextCommand {
    static let configuration = CommandConfiguration.command(
        "verify", "Check the signature and every file of versions of images.",
        examples: ["muster image verify debian-12@7", "muster image verify --all"])

    @OptionGroup var options: CommonOptions
    @Argument(help: ArgumentHelp("NAME@VERSION, or a name for the latest version.", valueName: "image"))
    var images: [String] = []
    @Flag(help: "All versions of all images.") var all = false

    mutating func validate() throws {
        guard all != !images.isEmpty else { throw ValidationError("images or --all expected, and not both") }
    }

    /// The document that `--output json` writes.
    struct Report: Encodable {
        struct Version: Encodable {
            var image: ImageReference
            var problems: [String]
        }

        var images: [Version]
    }

    func run(in context: CommandContext) async throws {
        let state = try options.stateDirectory(in: context)
        let authority = try SiteAuthority.open(at: state.authorityDirectory, clock: context.clock)
        let check = try ImageStore.signatureCheck(publicKey: authority.imagePublicKey)
        let store = state.images
        let references = all ? try everyVersion(store) : try images.map { try store.find($0) }
        let report = Report(
            images: try references.map { .init(image: $0, problems: try store.verify($0, isSigned: check)) })
        try options.write(report, in: context) { report, style in
            let lines = report.images.map { version in
                let verdict = version.problems.isEmpty ? style.paint("good", .good) : style.paint("bad", .bad)
                return "\(version.image)  \(verdict)\n"
            }
            return Array(lines.joined().utf8)
        }
        let bad = report.images.filter { !$0.problems.isEmpty }
        for version in bad {
            for problem in version.problems { try context.note("muster: \(version.image): \(problem)") }
        }
        if !bad.isEmpty { throw CommandFailure.failed }
    }

    /// By directory, not by manifest: one that cannot be read is to be told of as well.
    private func everyVersion(_ store: ImageStore) throws -> [ImageReference] {
        try store.names().flatMap { name in
            try store.versions(of: name).compactMap { ImageReference(name: name, version: $0) }
        }
    }
}
