import DeploymentModel

/// The installed packages of a tree.
package enum PackageList {
    /// From the lists that the tree itself has.
    static func read(from tree: TreeArchive) throws -> [ImageManifest.Package] {
        func text(_ path: String) throws -> String? {
            try tree.entry(path).map { String(decoding: try tree.content(of: $0), as: UTF8.self) }
        }
        if let status = try text("var/lib/dpkg/status") { return parse(status) }
        // Moved below usr in 2024.
        for path in ["usr/lib/apk/db/installed", "lib/apk/db/installed"] {
            if let installed = try text(path) { return parse(apk: installed) }
        }
        return []
    }

    /// From apk's list: stanzas of `LETTER:value`, of which P, V and A are name, version and architecture.
    package static func parse(apk installed: String) -> [ImageManifest.Package] {
        var packages: [ImageManifest.Package] = []
        var fields: [Character: Substring] = [:]
        for line in installed.split(separator: "\n", omittingEmptySubsequences: false) + [Substring()] {
            if line.isEmpty {
                if let name = fields["P"], let version = fields["V"], let architecture = fields["A"] {
                    packages.append(
                        .init(name: String(name), version: String(version), architecture: String(architecture)))
                }
                fields = [:]
            } else if let letter = line.first, line.dropFirst().first == ":", fields[letter] == nil {
                fields[letter] = line.dropFirst(2)
            }
        }
        return packages.sorted { ($0.name, $0.architecture) < ($1.name, $1.architecture) }
    }

    /// From dpkg's list (deb822 stanzas): sorted by name and architecture; only packages that are really installed.
    package static func parse(_ status: String) -> [ImageManifest.Package] {
        var packages: [ImageManifest.Package] = []
        var fields: [Substring: Substring] = [:]
        for line in status.split(separator: "\n", omittingEmptySubsequences: false) + [Substring()] {
            if line.isEmpty {
                if let package = package(fields) { packages.append(package) }
                fields = [:]
            } else if line.first != " ", let colon = line.firstIndex(of: ":") {
                fields[line[..<colon]] = line[line.index(after: colon)...].drop { $0 == " " }
            }
        }
        return packages.sorted { ($0.name, $0.architecture) < ($1.name, $1.architecture) }
    }

    private static func package(_ fields: [Substring: Substring]) -> ImageManifest.Package? {
        guard let name = fields["Package"], let version = fields["Version"],
            let architecture = fields["Architecture"], fields["Status"]?.hasSuffix(" installed") == true
        else { return nil }
        return ImageManifest.Package(
            name: String(name), version: String(version), architecture: String(architecture))
    }
}
