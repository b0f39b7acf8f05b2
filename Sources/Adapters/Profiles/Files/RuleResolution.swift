import MusterAPI
import MusterBase

/// A rule, and the files that it stands for now.
public struct ResolvedRule: Sendable, Hashable {
    public struct Item: Sendable, Hashable {
        public var file: SyncedFile
        /// Where the content is; nil for links and directories.
        public var source: FileSource?

        public init(file: SyncedFile, source: FileSource?) {
            self.file = file
            self.source = source
        }
    }

    public var rule: FileRule
    public var items: [Item]

    public init(rule: FileRule, items: [Item]) {
        self.rule = rule
        self.items = items
    }

    public var isSecret: Bool { rule.source.place == .secret }
}

/// Finds the files of rules.
struct RuleResolution {
    let file: String
    /// By where they are.
    let trees: [FileSource.Place: SourceTree]
    let digests: SourceDigests

    /// - Throws: ``MusterError`` `malformed` with file, line and column.
    func resolve(_ rule: FileRule) throws(MusterError) -> ResolvedRule {
        do {
            guard let tree = trees[rule.source.place] else {
                throw MusterError(.notFound, "there is no directory for its source")
            }
            var items: [ResolvedRule.Item] = []
            for path in try matches(rule, in: tree) { try add(path, of: rule, in: tree, to: &items) }
            return ResolvedRule(rule: rule, items: items)
        } catch {
            throw MusterError(.malformed, "\(file):\(rule.line):\(rule.column): \(error)")
        }
    }

    // MARK: Patterns

    private func matches(_ rule: FileRule, in tree: SourceTree) throws -> [String] {
        guard rule.isGlob else { return [rule.source.path] }
        var found = [""]
        for part in rule.source.path.split(separator: "/") {
            let pattern = Array(part.utf8)
            guard part.utf8.contains(where: { $0 == UInt8(ascii: "*") || $0 == UInt8(ascii: "?") }) else {
                found = found.map { $0.isEmpty ? String(part) : "\($0)/\(part)" }
                continue
            }
            found = try found.flatMap { directory in
                guard try directory.isEmpty || tree.look(at: directory) == .directory else { return [String]() }
                return try tree.names(in: directory).filter { Self.matches(pattern[...], Array($0.utf8)[...]) }
                    .map { directory.isEmpty ? $0 : "\(directory)/\($0)" }
            }
        }
        guard !found.isEmpty else {
            throw MusterError(.notFound, "nothing in \(tree.name) is like '\(rule.source.path)'")
        }
        return found
    }

    /// `*` stands for any text and `?` for one octet; neither for a dot in front.
    static func matches(_ pattern: ArraySlice<UInt8>, _ name: ArraySlice<UInt8>) -> Bool {
        if name.first == UInt8(ascii: "."), pattern.first != UInt8(ascii: ".") { return false }
        // Where to go on when a `*` has to stand for one octet more: this takes no more than the product of both lengths.
        var (at, here) = (pattern.startIndex, name.startIndex)
        var retry: (pattern: Int, name: Int)?
        while here < name.endIndex {
            if at < pattern.endIndex, pattern[at] == UInt8(ascii: "*") {
                retry = (at + 1, here)
                at += 1
            } else if at < pattern.endIndex, pattern[at] == UInt8(ascii: "?") || pattern[at] == name[here] {
                (at, here) = (at + 1, here + 1)
            } else if let again = retry {
                (at, here) = (again.pattern, again.name + 1)
                retry = (again.pattern, again.name + 1)
            } else {
                return false
            }
        }
        return pattern[at...].allSatisfy { $0 == UInt8(ascii: "*") }
    }

    // MARK: What they match

    private func add(
        _ path: String, of rule: FileRule, in tree: SourceTree, to items: inout [ResolvedRule.Item]
    ) throws {
        let found = try tree.look(at: path)
        let name = path.split(separator: "/").last.map(String.init) ?? path
        var target = rule.target
        if target == "/" + rule.source.path {
            // The same path on the node.
            target = "/" + path
        } else if target.hasSuffix("/") {
            target = found == .directory && !rule.isGlob ? String(target.dropLast()) : target + name
        }
        try add(path, found, target, rule, tree, &items)
    }

    private func add(
        _ path: String, _ found: SourceTree.Found, _ target: String, _ rule: FileRule, _ tree: SourceTree,
        _ items: inout [ResolvedRule.Item]
    ) throws {
        guard items.count < SyncedFile.most else {
            throw MusterError(.exhausted, "these are more than \(SyncedFile.most) files")
        }
        var file = SyncedFile(
            target: target, method: rule.method, owner: rule.owner, group: rule.group,
            rule: "\(self.file):\(rule.line)")
        if rule.method != .replace, found != .file(isExecutable: false), found != .file(isExecutable: true) {
            throw MusterError(.malformed, "\(tree.name)\(path) is no file: it cannot be merged or appended")
        }
        switch found {
        case .link(let text):
            file.method = .link
            file.link = text
            items.append(.init(file: file, source: nil))
        case .directory:
            file.method = .directory
            // The mode of the rule is for files.
            if !target.isEmpty { items.append(.init(file: file, source: nil)) }
            for name in try tree.names(in: path) {
                let below = "\(path)/\(name)"
                try add(below, try tree.look(at: below), "\(target)/\(name)", rule, tree, &items)
            }
        case .file(let isExecutable):
            let (digest, size) = try digests.digest(of: path, in: tree, limit: SyncedFile.largest)
            file.digest = digest
            file.size = size
            file.mode = rule.mode ?? usualMode(rule, isExecutable: isExecutable)
            items.append(.init(file: file, source: FileSource(rule.source.place, path)))
        }
    }

    /// Nil for what is added to a file that is there: it keeps its own.
    private func usualMode(_ rule: FileRule, isExecutable: Bool) -> UInt16? {
        guard rule.method == .replace else { return nil }
        return switch (rule.source.place, isExecutable) {
        case (.profile, false): 0o644
        case (.profile, true): 0o755
        case (.secret, false): 0o600
        case (.secret, true): 0o700
        }
    }
}
