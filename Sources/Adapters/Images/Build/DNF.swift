import LinuxSystem
import MusterBase

/// dnf, with a configuration of its own: nothing of this host's repositories, plugins or variables.
struct DNF: PackageManager {
    let recipe: Recipe
    private let directory: String
    private var tree: String { "\(directory)/tree" }

    var tool: Tool { .dnf }
    var environment: [String: String] { [:] }
    var usesRPM: Bool { true }

    /// - Parameter directory: Holds the tree; what dnf is told is written beside it.
    init(recipe: Recipe, repositories: [Recipe.Repository], directory: String) throws {
        self.recipe = recipe
        self.directory = directory
        for name in ["repos", "vars", "plugins"] { try Files.createDirectory("\(directory)/\(name)") }
        let sections = try RPMRepositories(repositories: repositories, directory: directory)
            .sections(["gpgcheck=1", "skip_if_unavailable=0"])
        try Files.write(main + "\n" + sections, to: "\(directory)/dnf.conf")
        try Files.write(
            RPMRepositories.macros(database: Self.database(of: recipe), form: "sqlite"), to: "\(directory)/.rpmmacros")
    }

    private var main: String {
        var lines = [
            "[main]", "reposdir=\(directory)/repos", "varsdir=\(directory)/vars", "pluginpath=\(directory)/plugins",
            "plugins=0", "gpgcheck=1", "localpkg_gpgcheck=1", "install_weak_deps=0", "best=1", "zchunk=0",
            // What the index said at the beginning counts to the end.
            "metadata_expire=never", "keepcache=0", "history_record=0", "retries=3",
        ]
        if !recipe.documentation { lines.append("tsflags=nodocs") }
        if let platform { lines.append("module_platform_id=platform:\(platform)") }
        return lines.joined(separator: "\n") + "\n"
    }

    private var platform: String? {
        let major = recipe.release.prefix { $0.isNumber }
        return switch recipe.distribution {
        case .fedora: "f\(major)"
        case .rocky, .alma, .centos, .rhel, .oracle: "el\(major)"
        default: nil
        }
    }

    /// Moved in Fedora 36, and so in the tenth of those that come of it.
    static func database(of recipe: Recipe) -> String {
        let major = Int(recipe.release.prefix { $0.isNumber }) ?? .max
        let isNew =
            switch recipe.distribution {
            case .fedora: major >= 36
            case .openEuler: false
            default: major >= 10
            }
        return isNew ? "/usr/lib/sysimage/rpm" : "/var/lib/rpm"
    }

    private var common: [String] {
        [
            "--config=\(directory)/dnf.conf", "--installroot=\(tree)", "--releasever=\(recipe.release)",
            "--forcearch=\(recipe.architecture.machine)", "--assumeyes",
        ]
    }

    var refreshArguments: [String] { common + ["makecache"] }

    var installArguments: [String] { common + ["install"] + recipe.packages + [recipe.kernel] + languages }

    private var languages: [String] {
        guard recipe.locale != "C.UTF-8" else { return [] }
        return ["glibc-langpack-\(recipe.locale.prefix { $0.isLetter })"]
    }

    func date() throws -> Timestamp {
        // The fifth keeps it elsewhere.
        let places = ["var/cache/dnf", "var/cache/libdnf5"].map { "\(tree)/\($0)" }
        return try RPMRepositories.date(below: places.first(where: Files.exists) ?? places[0])
    }

    var leftovers: [String] {
        [
            "var/cache/dnf/*", "var/cache/libdnf5/*", "var/cache/yum/*", "var/log/dnf*", "var/log/hawkey*",
            "var/lib/dnf/history*", "var/lib/dnf/repos/*",
        ]
    }
}
