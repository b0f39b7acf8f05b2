import LinuxSystem
import MusterBase

/// zypper, with a configuration of its own.
struct Zypper: PackageManager {
    let recipe: Recipe
    private let directory: String
    /// zypper does not find them by itself when it works in an empty tree.
    let keys: [String]
    private var tree: String { "\(directory)/tree" }

    /// Where SUSE keeps the list of packages.
    static let database = "/usr/lib/sysimage/rpm"

    var tool: Tool { .zypper }
    var environment: [String: String] { ["ZYPP_CONF": "\(directory)/zypp.conf"] }
    var usesRPM: Bool { true }

    /// - Parameter directory: Holds the tree; what zypper is told is written beside it.
    init(recipe: Recipe, repositories: [Recipe.Repository], directory: String) throws {
        self.recipe = recipe
        self.directory = directory
        try Files.createDirectory("\(directory)/repos")
        let all = RPMRepositories(repositories: repositories, directory: directory)
        let sections = try all.sections([
            "autorefresh=0", "type=rpm-md", "gpgcheck=1", "pkg_gpgcheck=1", "keeppackages=0",
        ])
        keys = try all.keys()
        try Files.write(sections, to: "\(directory)/repos/muster.repo")
        let configuration = [
            "[main]", "arch = \(recipe.architecture.machine)", "solver.onlyRequires = true",
            "rpm.install.excludedocs = \(recipe.documentation ? "no" : "yes")",
            "history.logfile = /var/log/zypp/history", "commit.downloadMode = DownloadInAdvance",
        ]
        try Files.write(configuration.joined(separator: "\n") + "\n", to: "\(directory)/zypp.conf")
        try Files.write(RPMRepositories.macros(database: Self.database, form: nil), to: "\(directory)/.rpmmacros")
    }

    private var common: [String] {
        [
            "--root", tree, "--reposd-dir", "\(directory)/repos", "--releasever", recipe.release, "--non-interactive",
        ]
    }

    var refreshArguments: [String] { common + ["refresh"] }

    var installArguments: [String] {
        let languages = recipe.locale == "C.UTF-8" ? [] : ["glibc-locale"]
        return common
            + ["install", "--no-recommends", "--auto-agree-with-licenses"] + recipe.packages + [recipe.kernel]
            + languages
    }

    func date() throws -> Timestamp { try RPMRepositories.date(below: "\(tree)/var/cache/zypp/raw") }

    /// rpm of the fifteenth reads ndb alone, which rpm has on hosts of SUSE and lacks on others.
    var notes: [String] {
        guard recipe.distribution != .tumbleweed, recipe.release.hasPrefix("15"),
            Files.exists("\(tree)\(Self.database)/rpmdb.sqlite")
        else { return [] }
        return [
            "rpm and zypper in this image will find no packages installed: this host's rpm cannot write the list in the "
                + "form that \(recipe.distribution.rawValue) \(recipe.release) reads; build it on a host of SUSE if they should"
        ]
    }

    var leftovers: [String] {
        ["var/cache/zypp/*", "var/log/zypp/*", "var/log/zypper.log", "var/lib/zypp/AnonymousUniqueId"]
    }
}
