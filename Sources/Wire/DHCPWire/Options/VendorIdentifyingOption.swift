import MusterBase

/// One vendor's part of option 124 (class) or 125 (options): an IANA enterprise number and its data (RFC 3925).
public struct VendorIdentifyingData: Hashable, Sendable {
    public var enterprise: UInt32
    public var data: [UInt8]

    public init(enterprise: UInt32, data: [UInt8]) {
        self.enterprise = enterprise
        self.data = data
    }
}

extension DHCPOptions {
    /// The parts of option 124 or 125, in order. Nil when absent; throws `malformed` when it is empty or a part passes
    /// the end.
    public func vendorIdentifying(_ code: DHCPOptionCode) throws(MusterError) -> [VendorIdentifyingData]? {
        guard let octets = self[code] else { return nil }
        var reader = ByteReader(octets, of: "DHCP option \(code.rawValue) (vendor-identifying)")
        var list: [VendorIdentifyingData] = []
        repeat {
            let enterprise = try reader.readInteger(as: UInt32.self)
            let count = Int(try reader.readInteger(as: UInt8.self))
            list.append(VendorIdentifyingData(enterprise: enterprise, data: Array(try reader.read(count))))
        } while !reader.isAtEnd
        return list
    }

    /// Sets option 124 or 125; data over 255 octets are cut.
    public mutating func setVendorIdentifying(_ code: DHCPOptionCode, _ list: [VendorIdentifyingData]) {
        var writer = ByteWriter()
        for part in list {
            writer.writeInteger(part.enterprise)
            writer.writeInteger(UInt8(min(part.data.count, 255)))
            writer.write(part.data.prefix(255))
        }
        set(code, writer.bytes)
    }
}
