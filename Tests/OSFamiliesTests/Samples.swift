import OSFamilies

/// A medium as its maker lays it out, and what it has to be taken for.
struct Sample: Sendable, CustomStringConvertible {
    var source: String
    var label: String?
    var paths: [String]
    var texts: [String: String] = [:]
    var heads: [String: [UInt8]] = [:]
    var family: OSFamily
    var distribution: String
    var version: String?
    var architecture = "x86_64"
    var variant: String?
    var name: String
    var kernel: String?
    var initramfs: [String] = []
    var bootFiles: [BootFile] = []

    var description: String { source }

    var listing: MediumListing {
        var contents = texts.mapValues { Array($0.utf8) }
        contents.merge(heads) { $1 }
        return MediumListing(
            sourceName: source, volumeLabel: label, paths: paths + texts.keys + heads.keys, contents: contents)
    }

    static let all = enterpriseLinux + debian + ubuntu + suse + others

    /// The boot protocol's magic and 64-bit flag at their places.
    static let x86Kernel: [UInt8] = {
        var octets = [UInt8](repeating: 0, count: 1024)
        octets.replaceSubrange(0x202..<0x206, with: Array("HdrS".utf8))
        octets[0x236] = 1
        return octets
    }()

    static let armKernel: [UInt8] = {
        var octets = [UInt8](repeating: 0, count: 1024)
        octets.replaceSubrange(0x38..<0x3C, with: Array("ARMd".utf8))
        return octets
    }()
}
