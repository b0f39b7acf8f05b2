/// How a root on a disk is encrypted: LUKS2, opened at each start by a key that the machine's own TPM 2.0 gives out.
public struct DiskEncryption: Codable, Sendable, Hashable {
    /// The platform configuration registers that must be as they were when the key was sealed; none: any system on this
    /// machine gets the key (TCG PC Client Platform Firmware Profile, section 3.3.4).
    public var registers: [Int]

    /// Register 7 tells of Secure Boot: whether it is on, and by whose keys.
    public static let standardRegisters = [7]
    public static let knownRegisters = 0...23

    public init(registers: [Int] = standardRegisters) { self.registers = registers }
}
