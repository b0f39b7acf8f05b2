import LinuxSystem

/// Reads the package repositories that this host uses, in both forms of sources.list(5).
package enum HostAptSources {
    /// - Parameter directory: `/etc/apt`. What is not there or cannot be read counts as empty: it is only a default.
    package static func read(directory: String) -> [AptSource] {
        let parts = "\(directory)/sources.list.d"
        let files = ((try? Files.names(in: parts)) ?? []).map { "\(parts)/\($0)" }
        return (["\(directory)/sources.list"] + files).flatMap { path -> [AptSource] in
            guard let text = try? Files.readText(path, limit: 1 << 20) else { return [] }
            if path.hasSuffix(".sources") { return stanzas(text) }
            return path.hasSuffix(".list") ? lines(text) : []
        }
    }

    /// `deb [options] URI SUITE COMPONENT…`
    static func lines(_ text: String) -> [AptSource] {
        text.split(separator: "\n").compactMap { line in
            var words = line.prefix { $0 != "#" }.split(whereSeparator: \.isWhitespace)[...]
            guard words.popFirst() == "deb" else { return nil }
            if words.first?.hasPrefix("[") == true {
                while let word = words.popFirst(), !word.hasSuffix("]") {}
            }
            guard words.count >= 3, AptSource.isValidURI(String(words[words.startIndex])) else { return nil }
            let rest = words.map(String.init)
            return AptSource(uri: rest[0], suite: rest[1], components: Array(rest[2...]))
        }
    }

    /// Stanzas of `Field: values`, where a line that begins with a blank goes on with the field before.
    static func stanzas(_ text: String) -> [AptSource] {
        var sources: [AptSource] = []
        var fields: [String: [String]] = [:]
        var current = ""
        for line in text.split(separator: "\n", omittingEmptySubsequences: false) + [Substring()] {
            if line.hasPrefix("#") { continue }
            if line.allSatisfy(\.isWhitespace) {
                sources += expand(fields)
                fields = [:]
                continue
            }
            var values = line[...]
            if line.first?.isWhitespace != true {
                guard let colon = line.firstIndex(of: ":") else { continue }
                current = line[..<colon].lowercased()
                values = line[line.index(after: colon)...]
            }
            fields[current, default: []] += values.split(whereSeparator: \.isWhitespace).map(String.init)
        }
        return sources
    }

    private static func expand(_ fields: [String: [String]]) -> [AptSource] {
        guard fields["types"]?.contains("deb") == true, fields["enabled"] != ["no"] else { return [] }
        return (fields["uris"] ?? []).filter(AptSource.isValidURI).flatMap { uri in
            (fields["suites"] ?? []).map { AptSource(uri: uri, suite: $0, components: fields["components"] ?? []) }
        }
    }
}
