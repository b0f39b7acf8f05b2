import MusterBase

/// In which order a tethered machine read the chunks of a version while it booted, so that the next one can fetch them
/// before it asks. Kept as JSON in `public/images/<name>/<version>/boot-order.json`, beside what is signed and no part of
/// it: it comes from a machine, and a wrong one costs time and nothing else.
public struct BootOrder: Codable, Sendable, Hashable {
    /// Of the bytes of the version's manifest.
    public var manifest: ContentDigest
    /// Positions of chunks in the manifest, from 0, each once.
    public var order: [Int]

    public static let fileName = "boot-order.json"
    /// No such file is longer, in octets.
    public static let longestFile = 1 << 20

    /// Nil when the order is none of that many chunks: it is empty, or names one twice or one that there is not.
    public init?(manifest: ContentDigest, order: [Int], chunks: Int) {
        guard !order.isEmpty, order.count <= chunks, order.allSatisfy((0..<chunks).contains),
            Set(order).count == order.count
        else { return nil }
        self.manifest = manifest
        self.order = order
    }

    /// Where it lies below the public directory, with a slash in front.
    public static func path(of image: ImageReference) -> String { "/images/\(image.name)/\(image.version)/\(fileName)" }
}
