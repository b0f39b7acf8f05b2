/// The check sum of partition tables: CRC-32 with the polynomial 0x04C11DB7 reflected, as Ethernet and zlib have it
/// (UEFI 2.10, 5.3.2 refers to CCITT32; ISO 3309).
enum CRC32 {
    static func sum(_ octets: some Sequence<UInt8>) -> UInt32 {
        ~octets.reduce(UInt32.max) { $0 >> 8 ^ table[Int(($0 ^ UInt32($1)) & 0xFF)] }
    }

    private static let table: [UInt32] = (0..<256).map { index in
        (0..<8).reduce(UInt32(index)) { value, _ in value & 1 == 1 ? value >> 1 ^ 0xEDB8_8320 : value >> 1 }
    }
}
