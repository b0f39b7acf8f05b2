/// What a partition is for. Most are of the Discoverable Partitions Specification (UAPI.2), by which systemd finds
/// partitions without an fstab.
public struct PartitionType: Hashable, Sendable {
    public let guid: DiskGUID

    public init(_ guid: DiskGUID) { self.guid = guid }

    /// From its fields, so that no text has to be read for the known ones.
    private init(_ a: UInt32, _ b: UInt16, _ c: UInt16, _ d: UInt16, _ e: UInt64) {
        let high = UInt64(a) << 32 | UInt64(b) << 16 | UInt64(c)
        guid = DiskGUID(high: high, low: UInt64(d) << 48 | e)
    }

    /// EFI system partition (UEFI 2.10, 5.3.3).
    public static let efiSystem = PartitionType(0xC12A_7328, 0xF81F, 0x11D2, 0xBA4B, 0x00A0_C93E_C93B)
    /// Holds GRUB's core image for firmware without UEFI. No file system.
    public static let biosBoot = PartitionType(0x2168_6148, 0x6449, 0x6E6F, 0x744E, 0x6565_6445_4649)
    /// Boot loader files beside the EFI system partition ("XBOOTLDR").
    public static let extendedBoot = PartitionType(0xBC13_C2FF, 0x59E6, 0x4262, 0xA352, 0xB275_FD6F_7172)
    public static let rootX8664 = PartitionType(0x4F68_BCE3, 0xE8CD, 0x4DB1, 0x96E7, 0xFBCA_F984_B709)
    public static let rootARM64 = PartitionType(0xB921_B045, 0x1DF0, 0x41C3, 0xAF44, 0x4C6F_280D_3FAE)
    public static let home = PartitionType(0x933A_C7E1, 0x2EB4, 0x4F13, 0xB844, 0x0E14_E2AE_F915)
    public static let serverData = PartitionType(0x3B8F_8425, 0x20E0, 0x4F3B, 0x907F, 0x1A25_A76F_98E8)
    public static let variableData = PartitionType(0x4D21_B016, 0xB534, 0x45C2, 0xA9FB, 0x5C16_E091_FD2D)
    public static let swap = PartitionType(0x0657_FD6D, 0xA4AB, 0x43C4, 0x84E5, 0x0933_C84B_4F4F)
    /// A file system of Linux with no place that is known from its type.
    public static let linuxGeneric = PartitionType(0x0FC6_3DAF, 0x8483, 0x4772, 0x8E79, 0x3D69_D847_7DE4)

    /// Of the root file system of a machine as `uname -m` names its architecture; nil for one that is not known here.
    public static func root(architecture: String) -> PartitionType? {
        switch architecture {
        case "x86_64": .rootX8664
        case "aarch64": .rootARM64
        default: nil
        }
    }
}

/// The bits that partitions may carry (UEFI 2.10, table 5.8; UAPI.2 for the high ones).
public struct PartitionAttributes: OptionSet, Hashable, Sendable {
    public let rawValue: UInt64

    public init(rawValue: UInt64) { self.rawValue = rawValue }

    /// The machine does not work without it.
    public static let required = PartitionAttributes(rawValue: 1 << 0)
    /// What BIOS boot loaders look for.
    public static let legacyBootable = PartitionAttributes(rawValue: 1 << 2)
    /// systemd grows the file system to the partition's size when it mounts it.
    public static let growFileSystem = PartitionAttributes(rawValue: 1 << 59)
    public static let readOnly = PartitionAttributes(rawValue: 1 << 60)
    /// Not mounted by its type alone.
    public static let noAutomaticMount = PartitionAttributes(rawValue: 1 << 63)
}
