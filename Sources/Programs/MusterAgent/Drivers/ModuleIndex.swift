import LinuxSystem
import MusterBase

/// What depmod wrote about the modules of one kernel: which device wants which, and what each needs.
public struct ModuleIndex: Sendable {
    private struct Alias: Sendable {
        let pattern: AliasPattern
        let module: String
    }

    /// Path below the modules' directory, and the paths of what has to be there before, the innermost last.
    private struct Entry: Sendable {
        let path: String
        let needs: [String]
    }

    private var aliases: [[UInt8]: [Alias]] = [:]
    private var entries: [String: Entry] = [:]
    /// Softer wants: tried, and no harm when they are not there.
    private var before: [String: [String]] = [:]
    private var behind: [String: [String]] = [:]

    /// Reads the contents of modules.alias, modules.dep and modules.softdep.
    public init(aliases: String, dependencies: String, softDependencies: String) {
        readAliases(aliases)
        readDependencies(dependencies)
        readSoftDependencies(softDependencies)
    }

    /// Reads the files in a modules' directory, such as `/usr/lib/modules/6.1.0-56-cloud-amd64`.
    public init(directory: String) throws {
        self.init(
            aliases: (try? Files.readText(directory + "/modules.alias")) ?? "",
            dependencies: try Files.readText(directory + "/modules.dep"),
            softDependencies: (try? Files.readText(directory + "/modules.softdep")) ?? "")
    }

    /// How many modules there are.
    public var count: Int { entries.count }

    /// The names of all modules that a device with this modalias wants.
    public func modules(for modalias: String) -> [String] {
        let text = Array(modalias.utf8)
        let bus = Array(text.prefix { $0 != UInt8(ascii: ":") })
        return (aliases[bus] ?? []).filter { $0.pattern.matches(text) }.map(\.module)
    }

    /// The path of a module below the modules' directory; nil when it is not in the index.
    public func path(of module: String) -> String? { entries[ModuleIndex.name(module)]?.path }

    /// Paths to load, in order, so that this module is there in the end; empty when it is not in the index (then it is
    /// built into the kernel, or was left out of the initramfs).
    public func loadOrder(of module: String) -> [String] {
        var order: [String] = []
        var visited: Set<String> = []
        add(ModuleIndex.name(module), to: &order, visited: &visited)
        return order
    }

    private func add(_ name: String, to order: inout [String], visited: inout Set<String>) {
        guard visited.insert(name).inserted, let entry = entries[name] else { return }
        for other in before[name] ?? [] { add(other, to: &order, visited: &visited) }
        for path in entry.needs.reversed() { add(ModuleIndex.name(path), to: &order, visited: &visited) }
        order.append(entry.path)
        for other in behind[name] ?? [] { add(other, to: &order, visited: &visited) }
    }

    /// The name as the kernel writes it: without directories and `.ko…`, `_` for `-`.
    public static func name(_ path: some StringProtocol) -> String {
        let file = path[(path.lastIndex(of: "/").map { path.index(after: $0) } ?? path.startIndex)...]
        let stem = file.prefix { $0 != "." }
        return String(stem.map { $0 == "-" ? "_" : $0 })
    }

    private mutating func readAliases(_ text: String) {
        for line in text.utf8.split(separator: UInt8(ascii: "\n")) {
            let words = line.split(separator: UInt8(ascii: " "), omittingEmptySubsequences: true)
            guard words.count == 3, words[0].elementsEqual("alias".utf8) else { continue }
            let pattern = AliasPattern(Substring(words[1]))
            aliases[Array(pattern.bus), default: []].append(
                Alias(pattern: pattern, module: ModuleIndex.name(Substring(words[2]))))
        }
    }

    private mutating func readDependencies(_ text: String) {
        for line in text.split(separator: "\n") {
            let parts = line.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
            guard parts.count == 2 else { continue }
            entries[ModuleIndex.name(parts[0])] = Entry(
                path: String(parts[0]), needs: parts[1].split(separator: " ").map(String.init))
        }
    }

    private mutating func readSoftDependencies(_ text: String) {
        for line in text.split(separator: "\n") {
            let words = line.split(separator: " ")
            guard words.count > 2, words[0] == "softdep" else { continue }
            let name = ModuleIndex.name(words[1])
            var isBefore = true
            for word in words.dropFirst(2) {
                if word == "pre:" {
                    isBefore = true
                    continue
                }
                if word == "post:" {
                    isBefore = false
                    continue
                }
                if isBefore {
                    before[name, default: []].append(ModuleIndex.name(word))
                } else {
                    behind[name, default: []].append(ModuleIndex.name(word))
                }
            }
        }
    }
}
