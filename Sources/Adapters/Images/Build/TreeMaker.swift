import DeploymentModel
import LinuxSystem
import MusterBase

/// One way to make the tree of a recipe.
protocol TreeMaker: Sendable {
    /// Where the packages come from, a line each.
    var sources: [String] { get }

    /// Makes the tree as an archive at `output`.
    ///
    /// - Parameter progress: Called with each line that a program prints.
    func make(
        in workspace: BuildWorkspace, output: String, progress: @escaping @Sendable (String) -> Void
    ) async throws -> MadeTree
}

/// What came of it, beside the archive.
struct MadeTree: Sendable {
    /// The date of the repositories.
    var date: Timestamp
    /// Nil where the tree tells by itself.
    var packages: [ImageManifest.Package]?
    /// What whoever builds should know, a sentence each.
    var notes: [String] = []
}

extension Recipe.Key {
    /// Writes keys to files, so that programs can be given their paths.
    ///
    /// - Returns: the paths; of a key that is fetched, its address.
    static func write(_ keys: [Recipe.Key], to directory: String) throws -> [String] {
        try Files.createDirectory(directory, mode: 0o755)
        var written: [String: [UInt8]] = [:]
        return try keys.enumerated().map { index, key in
            let bytes: [UInt8]
            let name: String
            switch key {
            case .url(let address): return address
            case .content(let text, let given):
                bytes = Array(text.utf8)
                name = given ?? "key-\(index + 1).asc"
            case .file(let path):
                bytes = try Files.readGiven(path, limit: 1 << 20)
                let last = FilePathText.lastComponent(of: path)
                // apt goes by the ending, apk by the whole name.
                let isText = bytes.starts(with: Array("-----BEGIN PGP".utf8))
                name = last.hasSuffix(".pub") ? last : "key-\(index + 1).\(isText ? "asc" : "gpg")"
            }
            if let other = written.updateValue(bytes, forKey: name), other != bytes {
                throw MusterError(
                    .invalidInput, "two keys of the recipe have the name \(name) and are not the same",
                    advice: "rename one of the files")
            }
            try Files.write(bytes, to: "\(directory)/\(name)")
            return "\(directory)/\(name)"
        }
    }
}
