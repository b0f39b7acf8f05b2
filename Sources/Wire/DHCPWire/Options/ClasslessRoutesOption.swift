import MusterBase

/// One route of option 121 (RFC 3442).
public struct ClasslessRoute: Hashable, Sendable {
    public var destination: IPv4Network
    /// 0.0.0.0 means that the destination is on the link.
    public var router: IPv4Address

    public init(destination: IPv4Network, router: IPv4Address) {
        self.destination = destination
        self.router = router
    }
}

extension DHCPOptions {
    /// Option 121. When it is present, option 3 is to be ignored (RFC 3442, page 5). Nil when absent; throws
    /// `malformed` when it is empty, a width is over 32, or a route passes the end.
    public func classlessRoutes() throws(MusterError) -> [ClasslessRoute]? {
        guard let octets = self[.classlessStaticRoutes] else { return nil }
        var reader = ByteReader(octets, of: "DHCP option 121 (routes)")
        var list: [ClasslessRoute] = []
        repeat {
            let width = Int(try reader.readInteger(as: UInt8.self))
            guard width <= 32 else { throw MusterError(.malformed, "DHCP option 121 has a prefix of \(width) bits") }
            let significant = Array(try reader.read((width + 7) / 8))
            let octets = significant + [UInt8](repeating: 0, count: 4 - significant.count)
            guard let address = IPv4Address(octets: octets), let network = IPv4Network(address, prefixLength: width)
            else { throw MusterError(.malformed, "DHCP option 121 has a destination that is no network") }
            list.append(ClasslessRoute(destination: network, router: try reader.readIPv4()))
        } while !reader.isAtEnd
        return list
    }

    /// Sets option 121; an empty list removes it.
    public mutating func setClasslessRoutes(_ routes: [ClasslessRoute]) {
        self[.classlessStaticRoutes] = nil
        guard !routes.isEmpty else { return }
        var writer = ByteWriter()
        for route in routes {
            writer.writeInteger(UInt8(route.destination.prefixLength))
            writer.write(route.destination.first.octets.prefix((route.destination.prefixLength + 7) / 8))
            writer.write(route.router)
        }
        set(.classlessStaticRoutes, writer.bytes)
    }
}
