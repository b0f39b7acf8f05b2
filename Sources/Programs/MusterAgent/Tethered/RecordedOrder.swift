import DeploymentModel
import MusterAPI
import MusterBase

/// The order in which a machine before this one read a version: a hint, believed as far as it can do no harm.
package enum RecordedOrder {
    /// Asks the members for it, one after the other.
    ///
    /// - Parameters:
    ///   - manifest: digest of the version's manifest: an order of other chunks is none of it.
    ///   - chunks: how many the version has.
    /// - Returns: Empty when no member has one that fits.
    static func fetch(
        of image: ImageReference, manifest: ContentDigest, chunks: Int, from members: [any MemberServer]
    ) async -> [Int] {
        for member in members {
            guard let octets = try? await member.file(BootOrder.path(of: image)) else { continue }
            if let order = read(octets, manifest: manifest, chunks: chunks) { return order }
        }
        return []
    }

    /// Nil for what is no order of these chunks.
    package static func read(_ octets: [UInt8], manifest: ContentDigest, chunks: Int) -> [Int]? {
        guard octets.count <= BootOrder.longestFile,
            let told = try? MusterJSON.decode(BootOrder.self, from: octets, of: "the boot order"),
            told.manifest == manifest
        else { return nil }
        return BootOrder(manifest: told.manifest, order: told.order, chunks: chunks)?.order
    }
}
