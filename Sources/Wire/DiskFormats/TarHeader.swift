import MusterBase

/// One header block of 512 octets of a tar archive, in the POSIX "ustar" or the GNU form.
public struct TarHeader: Hashable, Sendable {
    /// The type flag.
    public enum Kind: Hashable, Sendable {
        case file
        case hardLink
        case symbolicLink
        case characterDevice
        case blockDevice
        case directory
        case fifo
        /// POSIX extended header: records that belong to the next entry, or to all that follow.
        case extended
        case extendedGlobal
        /// GNU: the next entry's path or link target is the content.
        case longPath
        case longLink
        case other(UInt8)
    }

    public var path: String
    /// Twelve bits.
    public var permissions: UInt16
    public var owner: UInt64
    public var group: UInt64
    /// Octets of content; filled up to a multiple of 512 behind the header.
    public var size: UInt64
    /// Seconds since 1970.
    public var modificationTime: Int64
    public var kind: Kind
    public var linkTarget: String
    public var major: UInt64
    public var minor: UInt64

    public static let length = 512

    public init(
        path: String, permissions: UInt16, owner: UInt64 = 0, group: UInt64 = 0, size: UInt64 = 0,
        modificationTime: Int64, kind: Kind, linkTarget: String = "", major: UInt64 = 0, minor: UInt64 = 0
    ) {
        self.path = path
        self.permissions = permissions
        self.owner = owner
        self.group = group
        self.size = size
        self.modificationTime = modificationTime
        self.kind = kind
        self.linkTarget = linkTarget
        self.major = major
        self.minor = minor
    }

    /// How many octets lie between this header and the next one. Some kinds say a size and have no content.
    public var contentLength: UInt64 {
        switch kind {
        case .file, .extended, .extendedGlobal, .longPath, .longLink, .other:
            size.addingReportingOverflow(511).overflow ? .max : (size + 511) / 512 * 512
        default: 0
        }
    }
}

extension TarHeader.Kind {
    init(flag: UInt8) {
        switch flag {
        case UInt8(ascii: "0"), 0, UInt8(ascii: "7"): self = .file
        case UInt8(ascii: "1"): self = .hardLink
        case UInt8(ascii: "2"): self = .symbolicLink
        case UInt8(ascii: "3"): self = .characterDevice
        case UInt8(ascii: "4"): self = .blockDevice
        case UInt8(ascii: "5"): self = .directory
        case UInt8(ascii: "6"): self = .fifo
        case UInt8(ascii: "x"): self = .extended
        case UInt8(ascii: "g"): self = .extendedGlobal
        case UInt8(ascii: "L"): self = .longPath
        case UInt8(ascii: "K"): self = .longLink
        default: self = .other(flag)
        }
    }

    var flag: UInt8 {
        switch self {
        case .file: UInt8(ascii: "0")
        case .hardLink: UInt8(ascii: "1")
        case .symbolicLink: UInt8(ascii: "2")
        case .characterDevice: UInt8(ascii: "3")
        case .blockDevice: UInt8(ascii: "4")
        case .directory: UInt8(ascii: "5")
        case .fifo: UInt8(ascii: "6")
        case .extended: UInt8(ascii: "x")
        case .extendedGlobal: UInt8(ascii: "g")
        case .longPath: UInt8(ascii: "L")
        case .longLink: UInt8(ascii: "K")
        case .other(let flag): flag
        }
    }
}
