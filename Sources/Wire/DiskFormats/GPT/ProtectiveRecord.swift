import MusterBase

/// The protective master boot record in block 0, which shows the disk as taken to programs that know nothing of partition
/// tables with GUIDs (UEFI 2.10, 5.2.3).
enum ProtectiveRecord {
    static let length = 512
    /// What boot code may fill; behind it lie the disk's signature and the four partition records.
    static let bootCodeLength = 440
    private static let type: UInt8 = 0xEE

    /// - Parameter bootCode: what firmware without UEFI runs; at most 440 octets.
    static func encode(bootCode: [UInt8], blockCount: UInt64) throws(MusterError) -> [UInt8] {
        guard bootCode.count <= bootCodeLength else {
            throw MusterError(.invalidInput, "the boot code has \(bootCode.count) octets, at most 440 have a place")
        }
        var writer = ByteWriter(reserving: length)
        writer.write(bootCode)
        writer.writeZeros(446 - bootCode.count)
        // Not bootable; from cylinder 0, head 0, sector 2 to what cylinders cannot say.
        writer.write([0x00, 0x00, 0x02, 0x00, type, 0xFF, 0xFF, 0xFF])
        writer.writeLittle(UInt32(1))
        writer.writeLittle(UInt32(clamping: blockCount - min(1, blockCount)))
        writer.writeZeros(3 * 16)
        writer.write([0x55, 0xAA])
        return writer.bytes
    }

    /// True when a first block is such a record.
    static func isProtective(_ block: [UInt8]) -> Bool {
        guard block.count >= length, block[510] == 0x55, block[511] == 0xAA else { return false }
        return (0..<4).contains { block[446 + 16 * $0 + 4] == type }
    }
}
