import MusterBase

/// Muster's own sub-options of option 43, sent to a client whose vendor class is `muster-agent`: where the members
/// listen.
///
/// Sub-option 1 holds the node API over HTTPS, sub-option 2 plain HTTP; each is a list of entries of six octets, an
/// IPv4 address and a TCP port.
public struct MusterVendorOptions: Hashable, Sendable, Codable {
    /// Where a member listens.
    public struct Endpoint: Hashable, Sendable, Codable {
        public var address: IPv4Address
        public var port: UInt16

        public init(address: IPv4Address, port: UInt16) {
            self.address = address
            self.port = port
        }
    }

    /// At most so many endpoints of a kind fit in one sub-option.
    public static let maximumEndpoints = 42

    /// The members' node API.
    public var nodeAPI: [Endpoint]
    /// The members' plain HTTP.
    public var http: [Endpoint]

    /// As JSON with words between underscores gives them back.
    private enum CodingKeys: String, CodingKey {
        case nodeAPI = "nodeApi"
        case http
    }

    public init(nodeAPI: [Endpoint] = [], http: [Endpoint] = []) {
        self.nodeAPI = nodeAPI
        self.http = http
    }

    /// Reads the content of option 43. Throws `malformed` when a sub-option passes the end or is no list of endpoints.
    public init(octets: ArraySlice<UInt8>) throws(MusterError) {
        self.init()
        for (code, value) in try encapsulatedOptions(octets) {
            switch code {
            case 1: nodeAPI += try MusterVendorOptions.endpoints(value)
            case 2: http += try MusterVendorOptions.endpoints(value)
            default: break
            }
        }
    }

    /// The content of option 43. Endpoints over ``maximumEndpoints`` are left out.
    public var octets: [UInt8] {
        var writer = ByteWriter(reserving: 32)
        for (code, list) in [(UInt8(1), nodeAPI), (UInt8(2), http)] where !list.isEmpty {
            let sent = list.prefix(MusterVendorOptions.maximumEndpoints)
            writer.write([code, UInt8(sent.count * 6)])
            for endpoint in sent {
                writer.write(endpoint.address)
                writer.writeInteger(endpoint.port)
            }
        }
        return writer.bytes
    }

    private static func endpoints(_ octets: ArraySlice<UInt8>) throws(MusterError) -> [Endpoint] {
        guard !octets.isEmpty, octets.count % 6 == 0 else {
            throw MusterError(.malformed, "Muster's sub-option of DHCP option 43 must be entries of 6 octets")
        }
        var reader = ByteReader(octets, of: "Muster's sub-option of DHCP option 43")
        var list: [Endpoint] = []
        while !reader.isAtEnd {
            list.append(Endpoint(address: try reader.readIPv4(), port: try reader.readInteger()))
        }
        return list
    }
}

extension MusterVendorOptions.Endpoint: CustomStringConvertible {
    /// `10.0.0.1:443`.
    public var description: String { "\(address):\(port)" }
}

extension DHCPOptions {
    /// Option 43 read as Muster's sub-options; nil when absent or when option 60 does not say `muster-agent`: a
    /// foreign server's option 43 means something else.
    public func musterVendorOptions() throws(MusterError) -> MusterVendorOptions? {
        guard vendorClass == .musterAgent, let octets = self[.vendorSpecific] else { return nil }
        return try MusterVendorOptions(octets: octets)
    }

    /// Sets options 60 and 43.
    public mutating func setMusterVendorOptions(_ options: MusterVendorOptions) {
        setText(.vendorClass, DHCPVendorClass.musterAgentText)
        set(.vendorSpecific, options.octets)
    }
}
