import Foundation
import Synchronization

/// An image of a site that is kept between runs: to build it takes a minute and a mirror of Debian.
struct KeptImage {
    let name: String
    /// What it is built from: a recipe's name or path.
    private let recipe: String
    /// The state directory.
    let directory: String
    private let bench: Bench

    /// Whether this run has packed it: what an earlier one packed may be what an earlier Muster made of it.
    private static let packed = Mutex<Set<String>>([])

    /// What a node of a cluster has beside the system: a tree of 1 GB.
    static let computing = ["build-essential", "gfortran", "python3-scipy", "openmpi-bin", "libopenmpi-dev"]

    /// Builds what is not there yet, and packs it once in each run.
    ///
    /// - Parameters:
    ///   - base: a recipe that comes with Muster.
    ///   - packages: that are added to its own.
    init(_ bench: Bench, name: String = "debian-12", base: String = "debian-12", adding packages: [String] = []) throws
    {
        self.bench = bench
        self.name = name
        directory = "\(bench.kept)/boot"
        recipe = try Self.recipe(bench, name, base, packages)
        do {
            try prepare()
        } catch {
            _ = try? muster(["lab", "down"])
            throw error
        }
    }

    /// - Returns: the path of the recipe.
    private static func recipe(_ bench: Bench, _ name: String, _ base: String, _ packages: [String]) throws -> String {
        let lines = packages.map { "  - \($0)\n" }.joined()
        let text = try String(contentsOfFile: "recipes/\(base).yaml", encoding: .utf8)
            .replacingOccurrences(of: "name: \(base)\n", with: "name: \(name)\n")
            .replacingOccurrences(of: "\npackages:\n", with: "\npackages:\n\(lines)")
        let path = "\(bench.work)/\(name).yaml"
        try bench.write(text, to: path)
        return path
    }

    private func prepare() throws {
        if access("\(directory)/muster.yaml", F_OK) != 0 {
            // Only the lab's own setting up makes a site that serves the lab's network.
            try muster(["lab", "up", "--nodes", "1", "--firmware", "bios"])
        }
        try muster(["lab", "down"])
        try muster(["init"])
        // What a run that was killed had put aside.
        if let archive = archive() { rename("\(archive).kept", archive) }
        if archive().map({ access($0, F_OK) == 0 }) != true {
            bench.say("building the image \(name)")
            try muster(["image", "build", recipe], seconds: 600)
        }
        guard !KeptImage.packed.withLock({ $0.contains(name) }) else { return }
        let earlier = try versions()
        bench.say("packing the image \(name)")
        try muster(["image", "pack", name, "--force"], seconds: 600)
        for version in earlier { try remove(version) }
        _ = KeptImage.packed.withLock { $0.insert(name) }
    }

    @discardableResult
    func muster(_ arguments: [String], seconds: Double = 120) throws -> String {
        try bench.run([bench.muster] + arguments, environment: ["MUSTER_STATE_DIR": directory], seconds: seconds)
    }

    /// A file of the built tree.
    func built(_ file: String) -> String { "\(directory)/private/build/\(name)/\(file)" }

    /// The path of the built tree's archive, which its description names; nil when nothing was built.
    func archive() -> String? {
        struct Description: Decodable { var archive: String? }
        guard let octets = FileManager.default.contents(atPath: built("build.json")),
            let description = try? JSONDecoder().decode(Description.self, from: octets)
        else { return nil }
        return built(description.archive ?? "tree.tar")
    }

    /// Runs with a changed copy in place of the built archive, which is put back afterwards: by the next run where this
    /// one is killed.
    func withChangedArchive<Value>(
        _ change: (BuiltArchive) throws -> Void, during body: () throws -> Value
    ) throws -> Value {
        guard let archive = archive() else { throw BenchError("the image \(name) has no tree") }
        let (kept, changed) = ("\(archive).kept", "\(archive).changed")
        unlink(changed)
        try FileManager.default.copyItem(atPath: archive, toPath: changed)
        try change(BuiltArchive(path: changed))
        guard rename(archive, kept) == 0 else { throw BenchError("cannot put \(archive) aside") }
        defer { rename(kept, archive) }
        guard rename(changed, archive) == 0 else { throw BenchError("cannot put \(changed) in place") }
        return try body()
    }

    /// A file of the newest version.
    func file(_ file: String) throws -> String {
        try "\(directory)/public/images/\(name)/\(version())/\(file)"
    }

    /// Octets of the newest version's root file system.
    func rootSize() throws -> Double {
        struct Manifest: Decodable {
            struct Root: Decodable { let size: Double }
            let root: Root
        }
        let text = try muster(["image", "show", name, "--output", "json"])
        return try JSONDecoder().decode(Manifest.self, from: Data(text.utf8)).root.size
    }

    private func versions() throws -> [Int] {
        let path = "\(directory)/public/images/\(name)"
        guard access(path, F_OK) == 0 else { return [] }
        let names = try FileManager.default.contentsOfDirectory(atPath: path)
        return names.filter { $0.hasSuffix(".manifest") }.compactMap { Int($0.dropLast(".manifest".count)) }
    }

    func version() throws -> Int {
        guard let newest = try versions().max() else { throw BenchError("the image \(name) has no version") }
        return newest
    }

    /// Takes a version away again. Profiles lead to it until the next `update-boot`.
    func remove(_ version: Int) throws {
        let path = "\(directory)/public/images/\(name)/\(version)"
        for suffix in [".manifest", ".manifest.sig", ""] { try? FileManager.default.removeItem(atPath: path + suffix) }
    }
}
