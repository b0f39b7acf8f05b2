import MusterBase

/// For which processor a kernel is, by its first octets.
enum KernelHeader {
    /// So many octets are looked at.
    static let size = 1024

    /// Nil when it cannot be told.
    ///
    /// x86: the magic of the boot protocol, and the 64-bit flag of its `xloadflags`
    /// (Documentation/arch/x86/boot.rst). arm64: the magic of its image header (Documentation/arch/arm64/booting.rst);
    /// compressed into an EFI program, the machine type of the PE header.
    static func architecture(_ octets: [UInt8]) -> String? {
        func matches(_ text: String, at offset: Int) -> Bool {
            octets.count >= offset + text.utf8.count && octets[offset...].starts(with: text.utf8)
        }
        if matches("HdrS", at: 0x202) { return octets.count > 0x236 && octets[0x236] & 1 == 0 ? "i686" : "x86_64" }
        if matches("ARMd", at: 0x38) { return "aarch64" }
        guard matches("MZ", at: 0), octets.count >= 0x40 else { return nil }
        let header = Int(octets[0x3C]) | Int(octets[0x3D]) << 8 | Int(octets[0x3E]) << 16 | Int(octets[0x3F]) << 24
        guard header <= octets.count - 6, matches("PE\0\0", at: header) else { return nil }
        switch Int(octets[header + 4]) | Int(octets[header + 5]) << 8 {
        case 0x8664: return "x86_64"
        case 0xAA64: return "aarch64"
        case 0x5064: return "riscv64"
        default: return nil
        }
    }
}
