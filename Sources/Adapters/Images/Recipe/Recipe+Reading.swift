import DeploymentModel
import LinuxSystem
import MusterBase
import StrictYAML

extension Recipe {
    /// Reads a recipe's file. Throws ``MusterError`` `malformed` with file, line and column for what it may not hold.
    public static func read(path: String) throws -> Recipe {
        try parse(try Files.readGiven(path, limit: 4 << 20), file: path)
    }

    /// Reads a recipe.
    ///
    /// - Parameter file: The name that stands in error messages; files that the recipe names lie beside it.
    public static func parse(_ bytes: [UInt8], file: String) throws -> Recipe {
        let value = try YAMLValue.parse(String(decoding: bytes, as: UTF8.self), file: file)
        // The keys that may stand there depend on one of them.
        let distribution = try RecipeReading.distribution(value)
        let family = distribution.family
        let top = try value.mapping("a recipe for \(distribution.rawValue)", keys: RecipeReading.keys(of: family))
        let release = try top.required(family == .apt ? "suite" : "release")
        let services = try top["services"]?.mapping("services", keys: ["enable", "disable"])
        let reading = RecipeReading(family: family, directory: FilePathText.parent(of: file))
        let architecture = try top["architecture"].map(reading.architecture) ?? .amd64
        let recipe = Recipe(
            name: try top.required("name").text(
                "image name", allowed: RecipeReading.nameRule, ImageReference.isValidName),
            label: try top["label"]?.line("label"),
            distribution: distribution,
            release: try release.text(
                family == .apt ? "suite" : "release", allowed: RecipeReading.wordRule, RecipeReading.isWord),
            architecture: architecture,
            mirrors: try top["mirrors"]?.list("mirrors", reading.mirror) ?? [],
            components: try top["components"].map(reading.components) ?? ["main"],
            repositories: family == .apt ? [] : try reading.repositories(top.required("repositories")),
            packages: try top.required("packages").list("packages", reading.package),
            kernel: try top["kernel"].map(reading.package) ?? distribution.kernel(for: architecture),
            files: try top["files"].map(reading.files) ?? [],
            commands: try top["commands"]?.list("commands") { try $0.text("a command") } ?? [],
            enabledServices: try services?["enable"]?.list("enable", reading.service) ?? [],
            disabledServices: try services?["disable"]?.list("disable", reading.service) ?? [],
            users: try top["users"].map(reading.users) ?? [],
            locale: try top["locale"].map(reading.locale) ?? "C.UTF-8",
            documentation: try top["documentation"]?.bool("documentation") ?? false,
            digest: try FileDigest.of(bytes))
        return recipe
    }
}
