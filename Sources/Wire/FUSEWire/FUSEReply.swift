import MusterBase

/// Replies to the kernel: `struct fuse_out_header` and what follows it.
public enum FUSEReply {
    public static let headerSize = 16

    /// The header of a reply that is followed by so many octets: for content that is not copied behind it.
    public static func header(unique: UInt64, payload: Int) -> [UInt8] {
        var writer = ByteWriter(reserving: headerSize)
        writer.writeNative(UInt32(truncatingIfNeeded: headerSize + payload))
        writer.writeNative(Int32(0))
        writer.writeNative(unique)
        return writer.bytes
    }

    public static func failure(_ error: FUSEError, unique: UInt64) -> [UInt8] {
        var writer = ByteWriter(reserving: headerSize)
        writer.writeNative(UInt32(headerSize))
        writer.writeNative(-error.rawValue)
        writer.writeNative(unique)
        return writer.bytes
    }

    static func success(unique: UInt64, _ payload: ByteWriter = ByteWriter()) -> [UInt8] {
        header(unique: unique, payload: payload.count) + payload.bytes
    }
}

extension ByteWriter {
    /// `struct fuse_attr`.
    mutating func write(_ node: FUSENode, of file: FUSEFile) {
        let size = node == .file ? UInt64(file.size) : 0
        writeNative(node.rawValue)
        writeNative(size)
        writeNative((size + 511) / 512)
        for _ in 0..<3 { writeNative(UInt64(bitPattern: file.time)) }
        writeZeros(12)
        writeNative(node.mode)
        writeNative(UInt32(node == .file ? 1 : 2))
        // Owner, group and device number: root's, and none.
        writeZeros(12)
        writeNative(UInt32(4096))
        writeZeros(4)
    }

    /// `struct fuse_dirent`, filled up to 8 octets.
    mutating func writeDirectoryEntry(_ name: String, node: FUSENode, next: Int) {
        let octets = Array(name.utf8)
        writeNative(node.rawValue)
        writeNative(UInt64(next))
        writeNative(UInt32(octets.count))
        // DT_REG and DT_DIR: the file type's bits of the mode.
        writeNative(node.mode >> 12)
        write(octets)
        align(to: 8)
    }
}
