import ArgumentParser
import DeploymentModel
import Images
import MusterBase

struct ImageDiffCommand: ContextCommand {
    static let configuration = CommandConfiguration.command(
        "diff", "Say what changed from one version to another.",
        discussion: "Packages, kernel, size, and what a machine with the one has to fetch for the other.",
        examples: ["muster image diff debian-12@6 debian-12@7", "muster image diff debian-12@6 debian-12"])

    @OptionGroup var options: CommonOptions
    @Argument(help: ArgumentHelp("NAME@VERSION, or a name for the latest version.", valueName: "from")) var from: String
    @Argument(help: ArgumentHelp("NAME@VERSION, or a name for the latest version.", valueName: "to")) var to: String

    func run(in context: CommandContext) async throws {
        let images = try options.stateDirectory(in: context).images
        let difference = ImageDifference(
            try images.manifest(try images.find(from)), try images.manifest(try images.find(to)))
        try options.write(difference, in: context) { Self.text(of: $0, $1) }
    }

    static func text(of difference: ImageDifference, _ style: TextStyle) -> [UInt8] {
        let kernel =
            difference.kernelFrom == difference.kernelTo
            ? "\(difference.kernelTo), unchanged" : "\(difference.kernelFrom) to \(difference.kernelTo)"
        let growth = difference.rootGrowth
        let share = Double(difference.fetched) * 100 / Double(max(1, difference.whole))
        let lines = """
            \(style.paint("versions", .strong))  \(difference.from) to \(difference.to)
            \(style.paint("kernel", .strong))    \(printable(kernel))
            \(style.paint("root", .strong))      \(sizeText(abs(growth))) \(growth < 0 ? "smaller" : "larger")
            \(style.paint("to fetch", .strong))  \(sizeText(difference.fetched)) of \(sizeText(difference.whole)), \
            \(Int(share.rounded())) %

            """
        guard !difference.packages.isEmpty else { return Array((lines + "\nno package changed\n").utf8) }
        var table = TextTable([.init("PACKAGE"), .init("FROM"), .init("TO"), .init("ARCHITECTURE")])
        for package in difference.packages {
            table.add([
                .init(package.name), .init(package.from ?? "-"),
                .init((package.to ?? "-") + (package.isOlder ? " (older)" : "")), .init(package.architecture),
            ])
        }
        return Array((lines + "\n").utf8) + table.render(style)
    }
}
