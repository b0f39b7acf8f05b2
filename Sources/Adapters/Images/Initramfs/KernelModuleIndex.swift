import MusterBase

/// The index files that depmod makes: which module needs which.
package struct KernelModuleIndex: Sendable {
    /// Path below the release's directory, such as `kernel/fs/overlayfs/overlay.ko`, to the paths that it needs.
    let dependencies: [String: [String]]
    /// Module name to the names that shall be loaded before or after it.
    let softDependencies: [String: [String]]
    private let pathOfName: [String: String]

    /// Reads the text of modules.dep and modules.softdep.
    package init(dependencies text: String, softDependencies softText: String) {
        var dependencies: [String: [String]] = [:]
        for line in text.split(separator: "\n") {
            let parts = line.split(separator: ":", maxSplits: 1)
            guard let path = parts.first else { continue }
            dependencies[String(path)] = parts.count > 1 ? parts[1].split(separator: " ").map(String.init) : []
        }
        var soft: [String: [String]] = [:]
        for line in softText.split(separator: "\n") {
            let words = line.split(separator: " ")
            guard words.count > 2, words[0] == "softdep" else { continue }
            let names = words[2...].filter { $0 != "pre:" && $0 != "post:" }.map { Self.normalized(String($0)) }
            soft[Self.normalized(String(words[1])), default: []] += names
        }
        self.dependencies = dependencies
        softDependencies = soft
        pathOfName = Dictionary(
            dependencies.keys.sorted().map { (Self.name(of: $0), $0) }, uniquingKeysWith: { first, _ in first })
    }

    /// The modules at these paths and all that they need, sorted.
    package func closure(of paths: some Sequence<String>) -> [String] {
        var found: Set<String> = []
        var waiting = Array(paths)
        while let path = waiting.popLast() {
            guard let needed = dependencies[path], found.insert(path).inserted else { continue }
            waiting += needed
            waiting += (softDependencies[Self.name(of: path)] ?? []).compactMap { pathOfName[$0] }
        }
        return found.sorted()
    }

    /// The kernel's name of a module: `virtio_rng` for `kernel/drivers/char/hw_random/virtio-rng.ko.xz`.
    static func name(of path: String) -> String {
        let file = path.split(separator: "/").last.map(String.init) ?? path
        return normalized(String(file.prefix { $0 != "." }))
    }

    static func normalized(_ name: String) -> String { name.replacing("-", with: "_") }

    /// The lines of modules.dep for these modules, compression suffixes taken off.
    package func dependencyText(for paths: [String]) -> String {
        paths.map { path in
            let needed = (dependencies[path] ?? []).map(Self.uncompressed).joined(separator: " ")
            return "\(Self.uncompressed(path)):" + (needed.isEmpty ? "" : " \(needed)") + "\n"
        }.joined()
    }

    /// `overlay.ko` for `overlay.ko.xz`.
    static func uncompressed(_ path: String) -> String {
        for suffix in [".xz", ".zst", ".gz"] where path.hasSuffix(".ko" + suffix) {
            return String(path.dropLast(suffix.count))
        }
        return path
    }

    /// The lines of modules.alias (`alias PATTERN MODULE`) whose module is in the set.
    package static func aliasText(_ text: String, keeping names: Set<String>) -> String {
        lines(of: text) { words in
            words.count == 3 && words[0] == "alias" && names.contains(normalized(String(words[2])))
        }
    }

    /// The lines of modules.softdep whose module is in the set.
    static func softDependencyText(_ text: String, keeping names: Set<String>) -> String {
        lines(of: text) { words in
            words.count > 2 && words[0] == "softdep" && names.contains(normalized(String(words[1])))
        }
    }

    private static func lines(of text: String, where isWanted: ([Substring]) -> Bool) -> String {
        text.split(separator: "\n").filter { isWanted($0.split(separator: " ")) }.map { $0 + "\n" }.joined()
    }
}
