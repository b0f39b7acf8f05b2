import MusterBase

/// GRUB as firmware without UEFI starts it: `boot.img` in the first block, which loads the core image, which lies whole in a
/// BIOS boot partition. What `grub-install` writes to a disk is made here from the two files, so that no device is needed.
///
/// Source: GRUB 2.06, grub-core/boot/i386/pc/boot.S and diskboot.S, include/grub/i386/pc/boot.h, util/setup.c.
public struct GRUBEmbedding: Hashable, Sendable {
    /// For the beginning of the first block; 440 octets.
    public let bootCode: [UInt8]
    /// For the BIOS boot partition, a whole number of sectors.
    public let core: [UInt8]

    private static let sector = 512
    /// Places in boot.img: the sector of the core image, and a jump that trusts the drive's number from the firmware.
    private static let kernelSector = 0x5C
    private static let driveCheck = 0x66
    /// In the core image's first sector: the list of runs that the rest lies in, written from the end.
    private static let firstRun = 500
    /// Where the rest is loaded, in paragraphs.
    private static let segment: UInt16 = 0x820

    /// - Parameters:
    ///   - bootImage: GRUB's file boot.img.
    ///   - core: what `grub-mkimage --format i386-pc` made.
    ///   - coreSector: where the core image will lie on the disk, in sectors of 512 octets.
    /// - Throws: ``MusterError`` `malformed` when one of them is not what it should be.
    public init(bootImage: [UInt8], core: [UInt8], coreSector: UInt64) throws(MusterError) {
        guard bootImage.count == Self.sector, bootImage[510] == 0x55, bootImage[511] == 0xAA else {
            throw MusterError(.malformed, "GRUB's boot.img is no boot sector")
        }
        let sectors = (core.count + Self.sector - 1) / Self.sector
        guard sectors >= 2, let rest = UInt16(exactly: sectors - 1), coreSector < .max - UInt64(sectors) else {
            throw MusterError(.malformed, "GRUB's core image has \(core.count) octets")
        }
        var boot = bootImage
        Self.put(coreSector, in: &boot, at: Self.kernelSector)
        // Some firmware gives a wrong number: with the jump gone, one that is no hard disk's becomes the first's.
        boot.replaceSubrange(Self.driveCheck..<Self.driveCheck + 2, with: [0x90, 0x90])
        bootCode = Array(boot[..<ProtectiveRecord.bootCodeLength])
        var core = core + [UInt8](repeating: 0, count: sectors * Self.sector - core.count)
        Self.put(coreSector + 1, in: &core, at: Self.firstRun)
        Self.put(rest, in: &core, at: Self.firstRun + 8)
        Self.put(Self.segment, in: &core, at: Self.firstRun + 10)
        self.core = core
    }

    private static func put<Number: FixedWidthInteger>(_ value: Number, in octets: inout [UInt8], at place: Int) {
        withUnsafeBytes(of: value.littleEndian) { octets.replaceSubrange(place..<place + $0.count, with: $0) }
    }
}
