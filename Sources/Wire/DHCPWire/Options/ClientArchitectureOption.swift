import MusterBase

/// Processor and firmware of a machine that boots (option 93; RFC 4578, section 2.1, and the IANA registry "Processor
/// Architecture Types").
public struct ClientArchitecture: RawRepresentable, Hashable, Sendable, Codable {
    public let rawValue: UInt16

    public init(rawValue: UInt16) { self.rawValue = rawValue }
    public init(_ rawValue: UInt16) { self.rawValue = rawValue }

    public static let x86BIOS = ClientArchitecture(0)
    public static let x86UEFI = ClientArchitecture(6)
    public static let x64UEFI = ClientArchitecture(7)
    /// EFI byte code; firmware of 64-bit x86 machines names it too (RFC 4578 had 7 and 9 swapped by an erratum).
    public static let byteCodeUEFI = ClientArchitecture(9)
    public static let arm32UEFI = ClientArchitecture(10)
    public static let arm64UEFI = ClientArchitecture(11)
    public static let x86UEFIHTTP = ClientArchitecture(15)
    public static let x64UEFIHTTP = ClientArchitecture(16)
    public static let byteCodeUEFIHTTP = ClientArchitecture(17)
    public static let arm32UEFIHTTP = ClientArchitecture(18)
    public static let arm64UEFIHTTP = ClientArchitecture(19)
    public static let x86BIOSHTTP = ClientArchitecture(20)
    public static let riscv64UEFI = ClientArchitecture(27)
    public static let riscv64UEFIHTTP = ClientArchitecture(28)

    /// Whether the firmware fetches its loader over HTTP.
    public var bootsOverHTTP: Bool { (15...20).contains(rawValue) || [23, 24, 26, 28, 30, 38, 40].contains(rawValue) }

    /// A short name for people, such as `x86-64 UEFI`.
    public var name: String { ClientArchitecture.names[rawValue] ?? "architecture \(rawValue)" }

    private static let names: [UInt16: String] = [
        0: "x86 BIOS", 1: "NEC PC-98", 2: "Itanium", 3: "DEC Alpha", 4: "Arc x86", 5: "Intel Lean Client",
        6: "x86 UEFI", 7: "x86-64 UEFI", 8: "Xscale EFI", 9: "EFI byte code", 10: "arm32 UEFI", 11: "arm64 UEFI",
        12: "PowerPC Open Firmware", 13: "PowerPC ePAPR", 14: "POWER OPAL", 15: "x86 UEFI HTTP",
        16: "x86-64 UEFI HTTP", 17: "EFI byte code HTTP", 18: "arm32 UEFI HTTP", 19: "arm64 UEFI HTTP",
        20: "x86 BIOS HTTP", 21: "arm32 U-Boot", 22: "arm64 U-Boot", 23: "arm32 U-Boot HTTP", 24: "arm64 U-Boot HTTP",
        25: "RISC-V 32 UEFI", 26: "RISC-V 32 UEFI HTTP", 27: "RISC-V 64 UEFI", 28: "RISC-V 64 UEFI HTTP",
        29: "RISC-V 128 UEFI", 30: "RISC-V 128 UEFI HTTP", 31: "s390 basic", 32: "s390 extended", 33: "MIPS 32 UEFI",
        34: "MIPS 64 UEFI", 35: "Sunway 32 UEFI", 36: "Sunway 64 UEFI", 37: "LoongArch 32 UEFI",
        38: "LoongArch 32 UEFI HTTP", 39: "LoongArch 64 UEFI", 40: "LoongArch 64 UEFI HTTP", 41: "arm rpiboot",
    ]
}

extension ClientArchitecture: CustomStringConvertible {
    public var description: String { name }
}

extension DHCPOptions {
    /// The types of option 93, the preferred one first. Nil when absent; throws `malformed` unless it has a positive
    /// even number of octets.
    public func clientArchitectures() throws(MusterError) -> [ClientArchitecture]? {
        guard let octets = self[.clientArchitecture] else { return nil }
        guard !octets.isEmpty, octets.count % 2 == 0 else {
            throw MusterError(.malformed, "DHCP option 93 (architecture) must be numbers of 2 octets")
        }
        var reader = ByteReader(octets, of: "DHCP option 93")
        var list: [ClientArchitecture] = []
        while !reader.isAtEnd { list.append(ClientArchitecture(try reader.readInteger(as: UInt16.self))) }
        return list
    }

    public mutating func setClientArchitecture(_ architecture: ClientArchitecture) {
        setInteger(.clientArchitecture, architecture.rawValue)
    }
}
