import MusterBase

/// The globally unique identifier of a disk, a partition, or a kind of partition (UEFI 2.10, appendix A).
public struct DiskGUID: Hashable, Sendable, Comparable {
    private let value: MachineUUID

    /// What an entry that is not used has in the place of its type.
    public static let unused = DiskGUID(value: MachineUUID(high: 0, low: 0))
    static let length = 16

    private init(value: MachineUUID) { self.value = value }

    /// Reads `8-4-4-4-12` hexadecimal digits in either case.
    public init?(_ text: some StringProtocol) {
        guard let value = MachineUUID(text) else { return nil }
        self.init(value: value)
    }

    /// From the sixteen octets in the order of the text form.
    init(high: UInt64, low: UInt64) { value = MachineUUID(high: high, low: low) }

    /// From sixteen octets as they lie on a disk: the first three fields are little-endian.
    init?(diskOctets: some Collection<UInt8>) {
        guard let value = MachineUUID(smbiosOctets: diskOctets) else { return nil }
        self.init(value: value)
    }

    /// Of sixteen octets that the caller chose, such as a part of a digest, so that the same octets always give the same:
    /// version 8 of RFC 9562, with six bits lost to version and variant.
    public init?(custom octets: some Collection<UInt8>) { self.init(octets, version: 8) }

    /// A new one from random numbers: version 4 of RFC 9562.
    public static func random(using generator: inout some RandomNumberGenerator) -> DiskGUID {
        let octets = (0..<length).map { _ in UInt8.random(in: 0...255, using: &generator) }
        return DiskGUID(octets, version: 4) ?? .unused
    }

    private init?(_ octets: some Collection<UInt8>, version: UInt8) {
        guard octets.count == DiskGUID.length else { return nil }
        var raw = Array(octets)
        raw[6] = raw[6] & 0x0F | version << 4
        raw[8] = raw[8] & 0x3F | 0x80
        guard let value = MachineUUID(octets: raw) else { return nil }
        self.init(value: value)
    }

    var diskOctets: [UInt8] { value.smbiosOctets }

    public static func < (left: DiskGUID, right: DiskGUID) -> Bool { left.value < right.value }
}

extension DiskGUID: CustomStringConvertible {
    /// Lower case, 8-4-4-4-12: as `root=PARTUUID=` takes it.
    public var description: String { value.description }
}

extension DiskGUID: Codable {
    public init(from decoder: any Decoder) throws { self = try decodeText(from: decoder) { DiskGUID($0) } }
    public func encode(to encoder: any Encoder) throws { try encodeText(description, to: encoder) }
}
