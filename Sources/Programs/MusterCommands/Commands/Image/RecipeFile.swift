import LinuxSystem
import MusterBase

/// Finds a recipe's file.
enum RecipeFile {
    /// - Parameter text: A path, or the name of a recipe that ships.
    /// - Throws: ``MusterError`` with code `notFound` that lists the recipes that there are.
    static func find(_ text: String, in context: CommandContext) throws(MusterError) -> String {
        if text.contains("/") || text.hasSuffix(".yaml") || text.hasSuffix(".yml") {
            let path = text.hasPrefix("/") ? text : "\(context.currentDirectory)/\(text)"
            guard Files.exists(path) else { throw MusterError(.notFound, "there is no recipe at \(path)") }
            return path
        }
        let directories = directories(context)
        if let path = directories.map({ "\($0)/\(text).yaml" }).first(where: Files.exists) { return path }
        let known = Set(directories.flatMap { (try? Files.names(in: $0)) ?? [] })
            .filter { $0.hasSuffix(".yaml") }.map { String($0.dropLast(5)) }.sorted()
        throw MusterError(
            .notFound, "there is no recipe '\(text)'",
            advice: known.isEmpty
                ? "give the path of its file"
                : "there are: \(known.joined(separator: ", ")); or give the path of a file")
    }

    private static func directories(_ context: CommandContext) -> [String] {
        [
            "\(context.currentDirectory)/recipes", "/etc/muster/recipes", "/usr/share/muster/recipes",
            // As the program lies in a source tree: .build/<triple>/<configuration>.
            "\(context.programDirectory)/../../../recipes",
        ]
    }
}
