import DeploymentModel

/// The installed packages, from dpkg's own list (deb822 stanzas in var/lib/dpkg/status).
enum PackageList {
    /// Sorted by name and architecture; only packages that are really installed.
    static func parse(_ status: String) -> [ImageManifest.Package] {
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
