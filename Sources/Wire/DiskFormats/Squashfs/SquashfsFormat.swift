import MusterBase

/// The numbers of squashfs 4.0. Sources: the kernel's Documentation/filesystems/squashfs.rst and fs/squashfs/squashfs_fs.h,
/// and the format page https://dr-emann.github.io/squashfs/. All numbers on the disk are little-endian.
enum SquashfsFormat {
    static let magic: UInt32 = 0x7371_7368
    static let superblockLength = 96
    /// Of a metadata block before it is compressed.
    static let metadataLength = 8192
    /// In a metadata block's header: the block is stored as it is.
    static let storedMetadata: UInt16 = 1 << 15
    /// In the size of a data or fragment block: the block is stored as it is.
    static let storedBlock: UInt32 = 1 << 24
    /// Stands for no fragment and no attributes.
    static let none: UInt32 = .max
    /// The place of a table that is not there.
    static let noTable: UInt64 = .max
    static let longestName = 256
    /// Kernels refuse more than a page of memory holds.
    static let longestTarget = 4095
    static let longestPath = 32768
    static let longestAttributeName = 255
    static let longestAttributeValue = 65536
    static let entriesInRun = 256
    /// Files are filled up to this, so that block devices with sectors of up to 4 KiB can hold them.
    static let alignment = 4096

    enum Flag {
        static let duplicatesFound: UInt16 = 0x0040
        static let exportable: UInt16 = 0x0080
        static let noAttributes: UInt16 = 0x0200
        static let compressorOptions: UInt16 = 0x0400
    }

    /// Kinds of inodes; the extended form of each has a number seven higher.
    enum InodeKind: UInt16 {
        case directory = 1
        case file, symbolicLink, blockDevice, characterDevice, fifo, socket

        func number(isExtended: Bool) -> UInt16 { isExtended ? rawValue + 7 : rawValue }
    }
}

extension ByteWriter {
    mutating func writeLittle<Number: FixedWidthInteger>(_ value: Number) {
        withUnsafeBytes(of: value.littleEndian) { write($0) }
    }
}

/// Compresses metadata blocks. Data blocks are compressed by whoever drives the ``SquashfsWriter``.
public protocol SquashfsCompressor {
    /// The compressed octets; nil when they would not be fewer.
    func compress(_ octets: [UInt8]) throws -> [UInt8]?
}

/// Compresses nothing: what comes of it is a file system of any compression, all blocks stored as they are.
public struct SquashfsStoring: SquashfsCompressor {
    public init() {}
    public func compress(_ octets: [UInt8]) -> [UInt8]? { nil }
}

/// With what the blocks of a file system are compressed.
public enum SquashfsCompression: Sendable, Hashable {
    case zlib
    /// Level 1 to 22.
    case zstandard(level: Int)

    var number: UInt16 {
        switch self {
        case .zlib: 1
        case .zstandard: 6
        }
    }

    /// What readers may show; nothing to decompress depends on it.
    var options: [UInt8] {
        switch self {
        case .zlib: return []
        case .zstandard(let level):
            var writer = ByteWriter()
            writer.writeLittle(UInt32(clamping: level))
            return writer.bytes
        }
    }
}

/// How a file system is written.
public struct SquashfsOptions: Sendable, Hashable {
    public var compression: SquashfsCompression
    /// Octets of a data block: a power of two, 4 KiB to 1 MiB.
    public var blockSize: Int
    /// Of the file system and of directories that no entry describes; seconds since 1970.
    public var time: Int64
    /// With a table from inode numbers to inodes, which NFS and overlayfs use.
    public var isExportable: Bool

    public init(compression: SquashfsCompression, blockSize: Int = 256 << 10, time: Int64, isExportable: Bool = true) {
        self.compression = compression
        self.blockSize = blockSize
        self.time = time
        self.isExportable = isExportable
    }
}
