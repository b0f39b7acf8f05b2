import MusterBase

/// The firmware that a machine of the lab starts with.
public enum LabFirmware: String, Codable, Sendable, CaseIterable {
    /// SeaBIOS; the network card's ROM is iPXE.
    case bios
    /// OVMF; PXE is the firmware's own, as in real machines.
    case uefi
    /// OVMF whose network card has iPXE in its ROM: a boot that needs no loader from the server.
    case uefiWithIPXE = "uefi-ipxe"
    /// OVMF that goes on to HTTP boot where PXE gets no answer.
    case uefiHTTP = "uefi-http"
    /// OVMF that starts only what Microsoft's keys have signed, as machines are delivered.
    case uefiSecureBoot = "uefi-secure-boot"

    public var isUEFI: Bool { self != .bios }
}

/// One virtual machine of a lab. Its identity is derived from the lab's name and its own number, so that a lab that
/// is made again has the same machines.
public struct LabMachine: Codable, Sendable, Hashable {
    /// Letters, digits and hyphens; unique in the lab.
    public let name: String
    /// From 1 to 4095; unique in the lab.
    public let index: Int
    public var firmware: LabFirmware
    /// In MiB.
    public var memory: Int
    public var processors: Int
    /// The bridges that its network cards are attached to, in order. It boots from the first.
    public var networks: [String]
    /// The size of each disk in MiB. It boots from the first, where the network has nothing for it. They are files in
    /// the lab's directory that take no more room than what was written, and go with the lab.
    public var disks: [Int]
    /// Whether it has a TPM 2.0, which swtpm emulates. What that keeps goes with the lab.
    public var hasTPM: Bool
    public let uuid: MachineUUID
    /// The serial number in SMBIOS.
    public let serial: String
    /// The hardware address of the first network card; that of card n is n - 1 higher in the fourth octet.
    public let mac: MACAddress

    public init(
        lab: String, index: Int, name: String? = nil, firmware: LabFirmware = .bios, memory: Int = 2048,
        processors: Int = 1, networks: [String] = [LabNetwork.mainBridge], disks: [Int] = [], hasTPM: Bool = false
    ) {
        self.name = name ?? "n\(index)"
        self.index = index
        self.firmware = firmware
        self.memory = memory
        self.processors = processors
        self.networks = networks
        self.disks = disks
        self.hasTPM = hasTPM
        let seed = LabMachine.hash("\(lab)/\(index)")
        // Version 8 and the variant of RFC 9562, section 5.8: a UUID of one's own making.
        uuid = MachineUUID(
            high: seed & ~0xF000 | 0x8000,
            low: LabMachine.hash("\(lab)/\(index)/uuid") & ~(0b11 << 62) | 0b10 << 62)
        serial = "\(lab.uppercased())-\(index)"
        let number = UInt64(truncatingIfNeeded: index) & 0xFFF
        mac = MACAddress(rawValue: 0x5254_0000_0000 | (LabMachine.hash(lab) & 0xF) << 12 | number)
    }

    /// The hardware address of network card `card`, counted from 0.
    public func mac(ofCard card: Int) -> MACAddress {
        MACAddress(rawValue: mac.rawValue + UInt64(truncatingIfNeeded: max(0, card)) << 16)
    }

    /// The name of the tap device behind network card `card`; at most 15 octets, as the kernel demands.
    package func tap(ofCard card: Int) -> String { "tap\(index)n\(card)" }

    /// FNV-1a, 64 bits, then mixed so that names that differ at the end differ everywhere. The same on every host, and
    /// no secret.
    private static func hash(_ text: String) -> UInt64 {
        var value = text.utf8.reduce(0xCBF2_9CE4_8422_2325 as UInt64) { ($0 ^ UInt64($1)) &* 0x100_0000_01B3 }
        for _ in 0..<2 {
            value ^= value >> 32
            value &*= 0xFF51_AFD7_ED55_8CCD
        }
        return value ^ value >> 32
    }

    /// - Throws: ``MusterError`` with code `invalidInput` that says what is allowed.
    package func validate(networks known: [LabNetwork]) throws(MusterError) {
        let letters = name.utf8.allSatisfy {
            (UInt8(ascii: "a")...UInt8(ascii: "z")).contains($0) || (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains($0)
                || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) || $0 == UInt8(ascii: "-")
        }
        guard letters, (1...40).contains(name.utf8.count), name.utf8.first != UInt8(ascii: "-") else {
            throw MusterError(
                .invalidInput, "the machine name \"\(name)\" is not 1 to 40 letters, digits and hyphens")
        }
        guard (1...4095).contains(index) else {
            throw MusterError(.invalidInput, "the number of machine \(name) is \(index), not 1 to 4095")
        }
        guard (256...1_048_576).contains(memory) else {
            throw MusterError(.invalidInput, "the memory of machine \(name) is \(memory) MiB, not 256 to 1048576")
        }
        guard (1...64).contains(processors) else {
            throw MusterError(.invalidInput, "machine \(name) has \(processors) processors, not 1 to 64")
        }
        guard (1...8).contains(networks.count) else {
            throw MusterError(.invalidInput, "machine \(name) has \(networks.count) network cards, not 1 to 8")
        }
        guard disks.count <= 8, disks.allSatisfy({ (1...16_777_216).contains($0) }) else {
            throw MusterError(
                .invalidInput, "machine \(name) has more than 8 disks, or one that is not 1 to 16777216 MiB")
        }
        for network in networks where !known.contains(where: { $0.bridge == network }) {
            let names = known.map(\.bridge).joined(separator: ", ")
            throw MusterError(
                .invalidInput, "machine \(name) is attached to \(network), which the lab has not; it has \(names)")
        }
    }
}
