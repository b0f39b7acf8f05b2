import LinuxSystem
import MusterBase

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif

/// apk, with no other keys and repositories than the recipe's; the tree keeps both.
struct APK: PackageManager {
    let recipe: Recipe
    private let directory: String
    private var tree: String { "\(directory)/tree" }

    var tool: Tool { .apk }
    var environment: [String: String] { [:] }
    var usesRPM: Bool { false }

    /// - Parameter directory: Holds the tree.
    init(recipe: Recipe, repositories: [Recipe.Repository], directory: String) throws {
        self.recipe = recipe
        self.directory = directory
        let place = "\(directory)/tree/etc/apk"
        let keys = repositories.flatMap(\.keys)
        _ = try Recipe.Key.write(keys, to: "\(place)/keys")
        try Files.write(recipe.architecture.machine + "\n", to: "\(place)/arch")
        try Files.write(repositories.map { $0.address.text + "\n" }.joined(), to: "\(place)/repositories")
    }

    private var common: [String] {
        ["--root", tree, "--arch", recipe.architecture.machine, "--keys-dir", "\(tree)/etc/apk/keys"]
    }

    // The tree's own list of packages is made by it, too.
    var refreshArguments: [String] { common + ["--initdb", "add"] }

    var installArguments: [String] { common + ["add"] + recipe.packages + [recipe.kernel] }

    func date() throws -> Timestamp {
        let cache = "\(tree)/var/cache/apk"
        let names = try Files.names(in: cache).filter { $0.hasPrefix("APKINDEX.") }
        // apk gives the file the date of the index.
        let dates = names.compactMap { name -> Timestamp? in
            var status = stat()
            return stat("\(cache)/\(name)", &status) == 0 ? Timestamp(seconds: Int64(status.st_mtim.tv_sec)) : nil
        }
        guard let newest = dates.max() else {
            throw MusterError(.malformed, "the indexes of the package repositories have no date")
        }
        return newest
    }

    var leftovers: [String] { ["var/cache/apk/*", "lib/apk/db/lock", "var/log/apk.log"] }
}
