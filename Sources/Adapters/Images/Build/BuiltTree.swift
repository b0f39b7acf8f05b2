import LinuxSystem
import MusterAPI
import MusterBase

/// What `build` leaves for `pack`: `private/build/<name>/tree.tar`, and this beside it as `build.json`.
struct BuiltTree: Codable, Sendable, Hashable {
    var name: String
    var recipeDigest: ContentDigest
    var distribution: String
    var suite: String
    /// As `uname -m` says it.
    var architecture: String
    /// The date of the repositories.
    var created: Timestamp
    /// Lines as in sources.list.
    var sources: [String]

    static func directory(stateDirectory: String, name: String) -> String { "\(stateDirectory)/private/build/\(name)" }

    /// Compressed blocks of the tree, for packing again.
    static func blocks(directory: String) -> String { "\(directory)/blocks.cache" }

    static func read(directory: String, name: String) throws -> BuiltTree {
        let path = "\(directory)/build.json"
        guard Files.exists(path), Files.exists("\(directory)/tree.tar") else {
            throw MusterError(
                .notFound, "no tree was built for the image \(name)", advice: "build it: muster image build RECIPE")
        }
        return try MusterJSON.decode(from: try Files.read(path), of: path)
    }

    func write(directory: String) throws {
        try AtomicFile.write(try MusterJSON.encode(self, pretty: true), to: "\(directory)/build.json")
    }
}
