import Foundation

/// The image debian-12 of a site that is kept between runs: to build it takes a minute and a mirror of Debian.
struct KeptImage {
    static let name = "debian-12"

    /// The state directory.
    let directory: String
    private let bench: Bench

    /// Builds what is not there yet.
    init(_ bench: Bench) throws {
        self.bench = bench
        directory = "\(bench.kept)/boot"
        if access("\(directory)/muster.yaml", F_OK) != 0 {
            // Only the lab's own setting up makes a site that serves the lab's network.
            try muster(["lab", "up", "--nodes", "1", "--firmware", "bios"])
        }
        try muster(["lab", "down"])
        try muster(["init"])
        if access("\(directory)/private/build/\(KeptImage.name)/tree.tar", F_OK) != 0 {
            bench.say("building the image \(KeptImage.name)")
            try muster(["image", "build", KeptImage.name], seconds: 600)
        }
        if try !muster(["image", "list"]).contains("\(KeptImage.name)@") {
            try muster(["image", "pack", KeptImage.name], seconds: 600)
        }
    }

    @discardableResult
    func muster(_ arguments: [String], seconds: Double = 120) throws -> String {
        try bench.run([bench.muster] + arguments, environment: ["MUSTER_STATE_DIR": directory], seconds: seconds)
    }

    /// A file of the newest version.
    func file(_ name: String) throws -> String {
        try "\(directory)/public/images/\(KeptImage.name)/\(version())/\(name)"
    }

    func version() throws -> Int {
        let names = try FileManager.default.contentsOfDirectory(atPath: "\(directory)/public/images/\(KeptImage.name)")
        let versions = names.filter { $0.hasSuffix(".manifest") }.compactMap { Int($0.dropLast(".manifest".count)) }
        guard let newest = versions.max() else { throw BenchError("the image \(KeptImage.name) has no version") }
        return newest
    }

    /// Takes a version away again that a benchmark made.
    func remove(_ version: Int) {
        let path = "\(directory)/public/images/\(KeptImage.name)/\(version)"
        for suffix in [".manifest", ".manifest.sig", ""] { try? FileManager.default.removeItem(atPath: path + suffix) }
    }
}
