import ArgumentParser
import DeploymentModel
import MusterBase

struct ImageShowCommand: ContextCommand {
    static let configuration = CommandConfiguration.command(
        "show", "Show what a version of an image is made of.",
        examples: ["muster image show debian-12", "muster image show debian-12@7 --packages"])

    @OptionGroup var options: CommonOptions
    @Argument(help: ArgumentHelp("NAME@VERSION, or a name for the latest version.", valueName: "image"))
    var image: String
    @Flag(help: "Also list the packages.") var packages = false

    func run(in context: CommandContext) async throws {
        let images = try options.stateDirectory(in: context).images
        let manifest = try images.manifest(try images.find(image))
        try options.write(manifest, in: context) { manifest, style in
            Self.text(of: manifest, style)
                + (packages ? [UInt8(ascii: "\n")] + Self.packageTable(manifest).render(style) : [])
        }
    }

    static func text(of manifest: ImageManifest, _ style: TextStyle) -> [UInt8] {
        let facts = [
            ("image", "\(manifest.name)@\(manifest.version)"),
            ("system", "\(manifest.distribution) \(manifest.distributionVersion)"),
            ("architecture", manifest.architecture), ("kernel", manifest.kernelRelease),
            ("created", manifest.created.description), ("recipe", recipe(of: manifest)),
            ("memory", "at least \(sizeText(manifest.minimalMemory))"), ("packages", String(manifest.packages.count)),
            ("parent", manifest.parent?.description ?? "none"),
        ]
        let width = facts.map(\.0.count).max() ?? 0
        let lines = facts.map { name, value in
            style.paint(name, .strong) + String(repeating: " ", count: width - name.count + 2) + printable(value) + "\n"
        }
        var table = TextTable([.init("FILE"), .init("SIZE", .right), .init("DIGEST")])
        for file in manifest.files {
            table.add([.init(file.name), .init(sizeText(file.size)), .init(file.digest.description)])
        }
        let root = manifest.root
        table.add([
            .init("root.squashfs (\(counted(root.chunks.count, "chunk")))"), .init(sizeText(root.size)),
            .init(root.digest.description),
        ])
        return Array((lines.joined() + "\n").utf8) + table.render(style)
    }

    /// The recipe's digest, and whether the recipe is all.
    private static func recipe(of manifest: ImageManifest) -> String {
        let changes = manifest.handChanges.map { ", and \(counted($0, "command")) by hand" } ?? ""
        return manifest.recipeDigest.description + changes
    }

    private static func packageTable(_ manifest: ImageManifest) -> TextTable {
        var table = TextTable([.init("PACKAGE"), .init("VERSION"), .init("ARCHITECTURE")])
        for package in manifest.packages {
            table.add([.init(package.name), .init(package.version), .init(package.architecture)])
        }
        return table
    }
}
