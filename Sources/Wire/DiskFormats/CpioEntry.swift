/// One member of a cpio archive.
public struct CpioEntry: Hashable, Sendable {
    /// What the member is.
    public enum Content: Hashable, Sendable {
        case directory
        case file([UInt8])
        /// A symbolic link and where it points.
        case symbolicLink(String)
        case characterDevice(major: UInt32, minor: UInt32)
        case blockDevice(major: UInt32, minor: UInt32)
        case fifo
        case socket
    }

    /// Relative, without `.` and `..`: `usr/lib/muster/muster-agent`.
    public var path: String
    /// The twelve low bits of the mode: permissions, set-id and sticky bits.
    public var permissions: UInt16
    public var content: Content
    /// Numbers of the owning user and group.
    public var owner: UInt32
    public var group: UInt32

    public init(_ path: String, permissions: UInt16, _ content: Content, owner: UInt32 = 0, group: UInt32 = 0) {
        self.path = path
        self.permissions = permissions & 0o7777
        self.content = content
        self.owner = owner
        self.group = group
    }

    /// A directory, a file and a link with the permissions that are usual for them.
    public static func directory(_ path: String) -> CpioEntry { CpioEntry(path, permissions: 0o755, .directory) }

    public static func file(_ path: String, _ bytes: [UInt8], permissions: UInt16 = 0o644) -> CpioEntry {
        CpioEntry(path, permissions: permissions, .file(bytes))
    }

    public static func symbolicLink(_ path: String, to target: String) -> CpioEntry {
        CpioEntry(path, permissions: 0o777, .symbolicLink(target))
    }
}

/// The numbers of the "newc" form (Linux, Documentation/driver-api/early-userspace/buffer-format.rst).
enum CpioNumber {
    static let magic = Array("070701".utf8)
    static let trailer = "TRAILER!!!"
    /// Magic and thirteen fields of eight hexadecimal digits.
    static let headerLength = 110
    static let longestPath = 4095

    static let fifo: UInt32 = 0o010000
    static let characterDevice: UInt32 = 0o020000
    static let directory: UInt32 = 0o040000
    static let blockDevice: UInt32 = 0o060000
    static let file: UInt32 = 0o100000
    static let symbolicLink: UInt32 = 0o120000
    static let socket: UInt32 = 0o140000
    static let kindMask: UInt32 = 0o170000
}
