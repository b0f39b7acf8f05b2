import ArgumentParser
import CertificateAuthority
import Images
import MusterBase

struct ImageBuildCommand: ContextCommand {
    static let configuration = CommandConfiguration.command(
        "build", "Build the root tree of an image from a recipe.",
        discussion: "muster image pack then makes a version of it. Root is not needed where user namespaces work.",
        examples: [
            "muster image build debian-12", "muster image build ./my.yaml --mirror http://mirror.example/debian",
        ])

    @OptionGroup var options: CommonOptions
    @Argument(help: ArgumentHelp("Name of a recipe, or path of its file.", valueName: "recipe")) var recipe: String
    @Option(help: ArgumentHelp("Package repository to use instead of the recipe's; may be repeated.", valueName: "url"))
    var mirror: [String] = []

    /// The document that `--output json` writes.
    struct Report: Encodable {
        var image: String
        var recipe: String
        var recipeDigest: ContentDigest
    }

    mutating func validate() throws {
        for address in mirror where !AptSource.isValidURI(address) {
            throw ValidationError(
                "--mirror '\(printable(address))' is no address of a package repository: \(AptSource.uriRule)")
        }
    }

    func run(in context: CommandContext) async throws {
        let state = try options.stateDirectory(in: context)
        // A tree of which no version can be made is not worth minutes.
        _ = try SiteAuthority.open(at: state.authorityDirectory, clock: context.clock)
        let path = try RecipeFile.find(recipe, in: context)
        let recipe = try Recipe.read(path: path)
        let work = LongWork(context)
        defer { work.finish() }
        let notes = try await ImageBuilder(stateDirectory: state.path, tools: context.tools)
            .build(recipe, mirrors: mirror) { work.line($0) }
        work.finish()
        for note in notes { try context.note(note) }
        let report = Report(image: recipe.name, recipe: path, recipeDigest: recipe.digest)
        try options.write(report, in: context) { report, _ in
            Array("built \(report.image); make a version of it: muster image pack \(report.image)\n".utf8)
        }
    }
}
