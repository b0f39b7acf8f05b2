import MusterBase

/// The one file of the file system.
public struct FUSEFile: Sendable, Hashable {
    /// Its name in the root directory.
    public let name: String
    /// In octets.
    public let size: Int64
    /// When it was last changed, in seconds since 1970.
    public let time: Int64

    /// Throws `invalid_input` for what no file can be.
    public init(name: String, size: Int64, time: Int64 = 0) throws(MusterError) {
        guard size >= 0, (1...255).contains(name.utf8.count), name != ".", name != "..",
            name.utf8.allSatisfy({ $0 != 0 && $0 != UInt8(ascii: "/") })
        else { throw MusterError(.invalidInput, "\(name) of \(size) octets cannot be a file") }
        self.name = name
        self.size = size
        self.time = time
    }
}

/// What there is in the file system. The number is both the kernel's name for it and the inode's number.
enum FUSENode: UInt64 {
    case root = 1
    case file = 2

    /// Type and permissions.
    var mode: UInt32 { self == .file ? 0o100400 : 0o040500 }
}
