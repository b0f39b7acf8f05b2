import MusterBase
import OSFamilies

/// What Muster knows of an imported medium: `.muster/medium.json` in its directory.
public struct MediumRecord: Sendable, Hashable, Codable {
    public static let currentSchema = 1

    public var schema: Int
    public var name: String
    public var family: OSFamily
    /// The `ID` of os-release(5).
    public var distribution: String
    /// Absent when nothing told it.
    public var version: String?
    /// As the kernel names it.
    public var architecture: String
    public var variant: String?
    public var label: String
    /// Below the medium's directory, as all paths here.
    public var kernel: String?
    public var initramfs: [String]
    public var bootFiles: [BootFile]
    /// The image that the medium came in, where the installer wants it.
    public var image: String?
    /// Last component of the path or address that it was imported from.
    public var source: String
    public var imported: Timestamp
    /// How many.
    public var files: Int
    /// In octets, of all files.
    public var size: Int64
    /// Of the names, contents and links together: the same for the same medium, whatever it came in.
    public var digest: ContentDigest
    public var verification: MediumVerification

    package init(
        name: String, _ medium: MediumDescription, image: String?, source: String, imported: Timestamp, files: Int,
        size: Int64, digest: ContentDigest, verification: MediumVerification
    ) {
        schema = Self.currentSchema
        self.name = name
        family = medium.family
        distribution = medium.distribution
        version = medium.version
        architecture = medium.architecture
        variant = medium.variant
        label = medium.label
        kernel = medium.kernel
        initramfs = medium.initramfs
        bootFiles = medium.bootFiles
        self.image = image
        self.source = source
        self.imported = imported
        self.files = files
        self.size = size
        self.digest = digest
        self.verification = verification
    }
}
