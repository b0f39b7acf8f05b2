import LinuxSystem
import MusterBase

/// What dnf and zypper have in common: how repositories are described, and what their indexes say.
package struct RPMRepositories {
    let repositories: [Recipe.Repository]
    /// For keys.
    let directory: String

    /// All keys, as paths or addresses.
    func keys() throws -> [String] {
        var keys: [Recipe.Key] = []
        for key in repositories.flatMap(\.keys) where !keys.contains(key) { keys.append(key) }
        return try Recipe.Key.write(keys, to: "\(directory)/keys")
    }

    /// A section for each repository, as in yum.repos.d.
    ///
    /// - Parameter others: lines that each section has besides.
    func sections(_ others: [String]) throws -> String {
        try repositories.enumerated().map { index, repository in
            let keys = try Recipe.Key.write(repository.keys, to: "\(directory)/keys-\(index + 1)")
                .map { $0.hasPrefix("/") ? "file://\($0)" : $0 }
            let address =
                switch repository.address {
                case .base(let uri): "baseurl=\(uri)"
                case .mirrorList(let uri): "mirrorlist=\(uri)"
                case .metalink(let uri): "metalink=\(uri)"
                }
            let lines =
                ["[\(repository.name)]", "name=\(repository.name)", address, "enabled=1"]
                + [
                    "repo_gpgcheck=\(repository.isIndexSigned ? 1 : 0)",
                    "gpgkey=\(keys.joined(separator: "\n       "))",
                ]
            return (lines + others).joined(separator: "\n") + "\n"
        }.joined(separator: "\n")
    }

    /// The newest date in the indexes below a directory.
    static func date(below directory: String) throws -> Timestamp {
        var newest: Timestamp?
        for name in try Files.names(in: directory) {
            for path in ["\(directory)/\(name)/repodata/repomd.xml", "\(directory)/\(name)/repomd.xml"] {
                guard Files.exists(path), let date = date(repomd: try Files.readText(path, limit: 16 << 20)) else {
                    continue
                }
                newest = max(newest ?? date, date)
            }
        }
        guard let newest else { throw MusterError(.malformed, "the indexes of the package repositories have no date") }
        return newest
    }

    /// The newest `<timestamp>` of a repomd.xml, in seconds since 1970.
    package static func date(repomd text: String) -> Timestamp? {
        let seconds = text.split(separator: "<timestamp>", omittingEmptySubsequences: false).dropFirst()
            .compactMap { part in Int64(part.prefix { $0.isNumber }) }
        // Up to the year 9999.
        return seconds.filter { (0..<253_402_300_800).contains($0) }.max().map { Timestamp(seconds: $0) }
    }

    /// rpm's macros, by way of `~/.rpmmacros`.
    ///
    /// - Parameters:
    ///   - database: where the distribution keeps the list of packages.
    ///   - form: of the list; nil for what this host's rpm writes by itself.
    static func macros(database: String, form: String?) -> String {
        let lines = [
            "%_dbpath \(database)", "%_netsharedpath /dev:/proc:/sys", "%_pkgverify_level all",
        ]
        return (lines + (form.map { ["%_db_backend \($0)"] } ?? [])).map { $0 + "\n" }.joined()
    }
}
