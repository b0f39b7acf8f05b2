import Crypto
import DeploymentModel
import LinuxSystem
import MusterAPI
import MusterBase

extension ImageStore {
    /// Where the order lies in which a machine read a version while it booted.
    public func bootOrderPath(_ reference: ImageReference) -> String { "\(path(reference))/\(BootOrder.fileName)" }

    /// Keeps the order in which a machine read the chunks of a version, in the place of an earlier one.
    ///
    /// - Throws: `not_found` when the version is not there; `invalid_input` for what is no order of its chunks.
    public func keepBootOrder(_ order: [Int], of reference: ImageReference) throws {
        guard Files.exists(manifestPath(reference)) else {
            throw MusterError(.notFound, "there is no version \(reference)")
        }
        let bytes = try manifestBytes(reference)
        let manifest = try self.manifest(reference)
        guard let digest = ContentDigest(octets: SHA256.hash(data: bytes)),
            let order = BootOrder(manifest: digest, order: order, chunks: manifest.root.chunks.count)
        else {
            throw MusterError(
                .invalidInput, "this is no order of the \(manifest.root.chunks.count) chunks of \(reference)")
        }
        try AtomicFile.write(MusterJSON.encode(order), to: bootOrderPath(reference))
    }
}
