import MusterBase

/// The PXE sub-options of option 43 (PXE 2.1, section 2.4.1) that a boot server needs.
public struct PXEVendorOptions: Hashable, Sendable {
    /// The boot item that a client asks for or is given (sub-option 71).
    public struct BootItem: Hashable, Sendable {
        public var type: UInt16
        public var layer: UInt16

        public init(type: UInt16, layer: UInt16) {
            self.type = type
            self.layer = layer
        }
    }

    /// Sub-option 6: bit 0 no broadcast discovery, bit 1 no multicast, bit 2 only listed servers, bit 3 take the boot
    /// file of this very packet and ask nobody.
    public var discoveryControl: UInt8?
    public var bootItem: BootItem?

    /// The value of ``discoveryControl`` that ends all discovery: boot the file given here.
    public static let useThisBootFile: UInt8 = 8

    public init(discoveryControl: UInt8? = nil, bootItem: BootItem? = nil) {
        self.discoveryControl = discoveryControl
        self.bootItem = bootItem
    }

    /// Reads option 43 of a PXE client or server. Throws `malformed` when a sub-option passes the end or has not its
    /// length.
    public init(octets: ArraySlice<UInt8>) throws(MusterError) {
        self.init()
        for (code, value) in try encapsulatedOptions(octets) {
            var reader = ByteReader(value, of: "PXE sub-option \(code)")
            switch code {
            case 6: discoveryControl = try reader.readInteger()
            case 71: bootItem = BootItem(type: try reader.readInteger(), layer: try reader.readInteger())
            default: break
            }
        }
    }

    /// The content of option 43, with the closing sub-option 255 that PXE wants.
    public var octets: [UInt8] {
        var writer = ByteWriter(reserving: 12)
        if let discoveryControl { writer.write([6, 1, discoveryControl]) }
        if let bootItem {
            writer.write([71, 4])
            writer.writeInteger(bootItem.type)
            writer.writeInteger(bootItem.layer)
        }
        writer.writeInteger(UInt8(255))
        return writer.bytes
    }
}

/// The sub-options of an encapsulated option (RFC 2132, section 8.4). 0 is padding, 255 ends.
func encapsulatedOptions(_ octets: ArraySlice<UInt8>) throws(MusterError) -> [(UInt8, ArraySlice<UInt8>)] {
    var reader = ByteReader(octets, of: "DHCP option 43 (vendor-specific)")
    var list: [(UInt8, ArraySlice<UInt8>)] = []
    while !reader.isAtEnd {
        let code = try reader.readInteger(as: UInt8.self)
        if code == 0 { continue }
        if code == 255 { break }
        list.append((code, try reader.read(Int(try reader.readInteger(as: UInt8.self)))))
    }
    return list
}

extension DHCPOptions {
    /// Option 43 read as PXE sub-options; nil when absent. Only of use when option 60 says `PXEClient`.
    public func pxeVendorOptions() throws(MusterError) -> PXEVendorOptions? {
        guard let octets = self[.vendorSpecific] else { return nil }
        return try PXEVendorOptions(octets: octets)
    }
}
