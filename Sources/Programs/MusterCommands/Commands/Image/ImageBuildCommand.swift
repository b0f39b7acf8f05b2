import ArgumentParser
import CertificateAuthority
import Images
import MusterAPI
import MusterBase

struct ImageBuildCommand: ContextCommand {
    static let configuration = CommandConfiguration.command(
        "build", "Build the root tree of an image from a recipe, or from a container image.",
        discussion: """
            muster image pack then makes a version of it. Root is not needed where user namespaces work. A container image \
            has to have a kernel with its modules for that.
            """,
        examples: [
            "muster image build debian-12", "muster image build ./my.yaml --mirror http://mirror.example/debian",
            "muster image build node --from-oci ./node.oci.tar",
        ])

    @OptionGroup var options: CommonOptions
    @Argument(
        help: ArgumentHelp(
            "Name of a recipe, or path of its file; with --from-oci, the name of the image.", valueName: "recipe"))
    var recipe: String
    @Option(help: ArgumentHelp("Package repository to use instead of the recipe's; may be repeated.", valueName: "url"))
    var mirror: [String] = []
    @Option(help: ArgumentHelp("Archive of an OCI image layout to build from.", valueName: "file"))
    var fromOci: String?

    /// The document that `--output json` writes.
    struct Report: Encodable {
        var image: String
        var recipe: String
        var recipeDigest: ContentDigest
    }

    mutating func validate() throws {
        guard fromOci == nil || mirror.isEmpty else { throw ValidationError("--mirror is of no use with --from-oci") }
        for address in mirror where !AptSource.isValidURI(address) {
            throw ValidationError(
                "--mirror '\(printable(address))' is no address of a package repository: \(AptSource.uriRule)")
        }
    }

    func run(in context: CommandContext) async throws {
        let state = try options.stateDirectory(in: context)
        // A tree of which no version can be made is not worth minutes.
        _ = try SiteAuthority.open(at: state.authorityDirectory, clock: context.clock)
        if let fromOci { return try await build(from: fromOci, state, in: context) }
        let path = try RecipeFile.find(recipe, in: context)
        let recipe = try Recipe.read(path: path)
        let work = LongWork(context)
        defer { work.finish() }
        let notes = try await ImageBuilder(stateDirectory: state.path, tools: context.tools)
            .build(recipe, mirrors: mirror) { work.line($0) }
        work.finish()
        for note in notes { try context.note(note) }
        try write(Report(image: recipe.name, recipe: path, recipeDigest: recipe.digest), in: context)
    }

    private func build(from file: String, _ state: StateDirectory, in context: CommandContext) async throws {
        let path = file.hasPrefix("/") ? file : "\(context.currentDirectory)/\(file)"
        let work = LongWork(context)
        defer { work.finish() }
        let digest = try await ContainerBuilder(stateDirectory: state.path, tools: context.tools)
            .build(recipe, from: path, architecture: hostArchitecture) { work.line($0) }
        work.finish()
        try write(Report(image: recipe, recipe: path, recipeDigest: digest), in: context)
    }

    /// Which of several images an archive's is taken.
    private var hostArchitecture: String {
        #if arch(arm64)
        "aarch64"
        #else
        "x86_64"
        #endif
    }

    private func write(_ report: Report, in context: CommandContext) throws {
        try options.write(report, in: context) { report, _ in
            Array("built \(report.image); make a version of it: muster image pack \(report.image)\n".utf8)
        }
    }
}
