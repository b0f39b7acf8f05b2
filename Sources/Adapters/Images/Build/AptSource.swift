/// One line of sources.list: a repository's address, one suite and its components.
package struct AptSource: Hashable, Sendable {
    package var uri: String
    package var suite: String
    package var components: [String]

    package init(uri: String, suite: String, components: [String]) {
        self.uri = uri
        self.suite = suite
        self.components = components
    }

    /// As sources.list(5) writes it.
    package var line: String { "deb \(uri) \(suite) \(components.joined(separator: " "))" }

    /// Where the suite's signed index lies.
    var releaseURI: String {
        "\(uri.hasSuffix("/") ? String(uri.dropLast()) : uri)/dists/\(suite)/InRelease"
    }

    package static let uriRule = "http://…, https://… or file:///…, without blanks, user or password"

    package static func isValidURI(_ text: String) -> Bool {
        ["http://", "https://", "file:///"].contains { text.hasPrefix($0) && text.count > $0.count }
            && text.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F }
            && !text.contains("[") && !text.contains("#")
            // Everybody on this host sees it while an image is built: programs get addresses as arguments.
            && !host(of: text).contains("@")
    }

    /// With what stands before it; empty for a file.
    private static func host(of uri: String) -> Substring {
        guard let scheme = uri.firstRange(of: "://") else { return "" }
        return uri[scheme.upperBound...].prefix { $0 != "/" }
    }

    /// The distribution's own archive, with updates and security fixes.
    static func defaults(of recipe: Recipe) -> [AptSource] {
        let (suite, components) = (recipe.release, recipe.components)
        guard recipe.distribution == .ubuntu else {
            return overriding(
                with: ["http://deb.debian.org/debian", "http://deb.debian.org/debian-security"], suite: suite,
                components: components)
        }
        // Ubuntu has its other processors elsewhere, and there the security fixes, too.
        let (archive, security) =
            recipe.architecture == .amd64
            ? ("http://archive.ubuntu.com/ubuntu", "http://security.ubuntu.com/ubuntu")
            : ("http://ports.ubuntu.com/ubuntu-ports", "http://ports.ubuntu.com/ubuntu-ports")
        return [
            AptSource(uri: archive, suite: suite, components: components),
            AptSource(uri: archive, suite: "\(suite)-updates", components: components),
            AptSource(uri: security, suite: "\(suite)-security", components: components),
        ]
    }

    /// The sources that a list of plain addresses stands for: an address whose last part has "security" in it serves
    /// the security suite, any other one the suite and its updates.
    static func overriding(with uris: [String], suite: String, components: [String]) -> [AptSource] {
        let isRolling = ["sid", "unstable", "testing", "experimental"].contains(suite)
        return uris.flatMap { uri -> [AptSource] in
            let isSecurity = uri.split(separator: "/").last?.contains("security") ?? false
            let suites = isSecurity ? ["\(suite)-security"] : isRolling ? [suite] : [suite, "\(suite)-updates"]
            if isRolling, isSecurity { return [] }
            return suites.map { AptSource(uri: uri, suite: $0, components: components) }
        }
    }
}

extension Recipe {
    /// The repositories to build from: those of the command line, else of the recipe, else those that this host uses for
    /// the same suite, else the distribution's own.
    package func sources(overriding uris: [String], host: [AptSource]) -> [AptSource] {
        if !uris.isEmpty { return AptSource.overriding(with: uris, suite: release, components: components) }
        if !mirrors.isEmpty {
            return mirrors.flatMap { mirror in
                mirror.suites.map {
                    AptSource(uri: mirror.uri, suite: $0, components: mirror.components ?? components)
                }
            }
        }
        let suites = [release, "\(release)-updates", "\(release)-security"]
        let found = host.filter { suites.contains($0.suite) && Set(components).isSubset(of: $0.components) }
            .map { AptSource(uri: $0.uri, suite: $0.suite, components: components) }
        guard found.contains(where: { $0.suite == release }) else { return AptSource.defaults(of: self) }
        return found
    }
}
