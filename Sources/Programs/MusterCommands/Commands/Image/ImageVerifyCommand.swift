import ArgumentParser
import CertificateAuthority
import DeploymentModel
import Images
import MusterAPI
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
            /// `NAME@VERSION`; the name alone when the image's directory cannot be read.
            var image: String
            var problems: [String]
        }

        var images: [Version]
    }

    func run(in context: CommandContext) async throws {
        let state = try options.stateDirectory(in: context)
        let authority = try SiteAuthority.open(at: state.authorityDirectory, clock: context.clock)
        let check = try ImageStore.signatureCheck(publicKey: authority.imagePublicKey)
        let report = Report(
            images: try all
                ? state.images.names().flatMap { verifyAll(of: $0, state, check) }
                : images.map { verify(try state.images.find($0), state, check) })
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
    private func verifyAll(
        of name: String, _ state: StateDirectory, _ check: ImageStore.SignatureCheck
    ) -> [Report.Version] {
        do {
            return try state.images.versions(of: name).compactMap { ImageReference(name: name, version: $0) }
                .map { verify($0, state, check) }
        } catch {
            return [.init(image: name, problems: ["\(error)"])]
        }
    }

    /// What keeps it from looking is a problem of this version, and none of the others.
    private func verify(
        _ reference: ImageReference, _ state: StateDirectory, _ check: ImageStore.SignatureCheck
    ) -> Report.Version {
        var problems: [String] = []
        do {
            problems = try state.images.verify(reference, isSigned: check)
            // Whoever cannot read it cannot tell.
            let keys = ChunkKeys(privateDirectory: state.privateDirectory)
            try state.images.check(keys.key(of: reference.name), of: reference)
        } catch  where !problems.contains("\(error)") {
            problems.append("\(error)")
        } catch {}
        return .init(image: "\(reference)", problems: problems)
    }
}
