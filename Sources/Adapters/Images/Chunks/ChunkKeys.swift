import DeploymentModel
import ImageChunks
import LinuxSystem
import MusterBase

/// The keys that images' chunks are encrypted with: `private/images/<name>.key`, 64 hexadecimal digits each.
public struct ChunkKeys: Sendable {
    private let directory: String

    /// - Parameter privateDirectory: `private` of the state directory.
    public init(privateDirectory: String) { directory = "\(privateDirectory)/images" }

    /// The key of an image. Throws ``MusterError`` `notFound` when it has none.
    public func key(of image: String) throws -> ChunkKey {
        guard ImageReference.isValidName(image) else {
            throw MusterError(.invalidInput, "'\(image)' cannot name an image")
        }
        let text: String
        do { text = try Files.readText(path(image), limit: 4096) } catch let error as MusterError {
            guard error.code == .notFound else { throw error }
            throw MusterError(
                .notFound, "the key of the image \(image) is not there: \(path(image))",
                advice: "restore it: what was packed before cannot be read without it", cause: error)
        }
        guard let key = ChunkKey(hex: text.filter { !$0.isNewline }) else {
            throw MusterError(.malformed, "\(path(image)) is no key of 64 hexadecimal digits")
        }
        return key
    }

    /// The key of an image, made when there is none yet.
    ///
    /// - Parameter random: gives that many octets that nobody can guess.
    func keyForPacking(_ image: String, random: (Int) -> [UInt8]) throws -> ChunkKey {
        do {
            return try key(of: image)
        } catch let error as MusterError where error.code == .notFound {
            guard let key = ChunkKey(random(ChunkKey.length)) else {
                throw MusterError(.internalFailure, "a new key has a wrong length")
            }
            try Files.createDirectory(directory, mode: 0o700)
            try AtomicFile.write(key.hex.reveal() + "\n", to: path(image), mode: 0o600)
            return key
        }
    }

    private func path(_ image: String) -> String { "\(directory)/\(image).key" }
}
