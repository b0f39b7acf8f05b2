import DHCPWire
import LinuxSystem
import MusterBase

/// What is set on one link: an address, the routes by it, a packet size. A value, so that the same is taken away again.
public struct LinkAddress: Sendable, Hashable, Codable {
    public struct Route: Sendable, Hashable, Codable {
        public var network: IPv4Network
        public var gateway: IPv4Address?
    }

    public var network: IPv4Network
    public var routes: [Route]
    /// In octets; nil leaves it as it is.
    public var mtu: Int?

    public init(network: IPv4Network, gateway: IPv4Address?, mtu: Int? = nil) {
        self.network = network
        self.mtu = mtu
        routes = []
        if let gateway { addDefault(gateway) }
    }

    /// What a lease gives. Classless routes replace the router (RFC 3442).
    public init(_ lease: DHCPClientLease) {
        network = lease.address
        // 68 is the least that IPv4 allows; less than 576 is some server's mistake.
        mtu = lease.mtu.map(Int.init).flatMap { $0 >= 576 ? $0 : nil }
        routes = lease.routes.map { Route(network: $0.destination, gateway: $0.router == .any ? nil : $0.router) }
        if lease.routes.isEmpty, let router = lease.router { addDefault(router) }
    }

    private mutating func addDefault(_ gateway: IPv4Address) {
        guard let all = IPv4Network(.any, prefixLength: 0) else { return }
        // A gateway outside of the network (as some clouds have it) is first made reachable itself.
        if !network.contains(gateway), let single = IPv4Network(gateway, prefixLength: 32) {
            routes.append(Route(network: single, gateway: nil))
        }
        routes.append(Route(network: all, gateway: gateway))
    }

    /// The gateway of the default route.
    public var gateway: IPv4Address? { routes.first { $0.network.prefixLength == 0 }?.gateway }

    /// Sets it all. Where two links have a default route, the one with the lower index counts.
    ///
    /// - Returns: a line for each route that the kernel refused: the address is good without it.
    @discardableResult
    func apply(to link: NetworkLink, by sockets: RouteSocket) throws -> [String] {
        if let mtu, mtu != link.mtu { try? sockets.setMTU(mtu, of: link.index) }
        try sockets.addAddress(network, to: link.index)
        var refused: [String] = []
        for route in routes {
            do {
                try sockets.setRoute(
                    to: route.network, by: route.gateway, link: link.index, metric: UInt32(clamping: link.index))
            } catch {
                let gateway = route.gateway.map { " by \($0)" } ?? ""
                refused.append("no route to \(route.network)\(gateway): \(error)")
            }
        }
        return refused
    }

    /// Takes the address away; the kernel takes the routes with it where they were by this address alone.
    func remove(from link: NetworkLink, by sockets: RouteSocket) {
        for route in routes {
            try? sockets.removeRoute(
                to: route.network, by: route.gateway, link: link.index, metric: UInt32(clamping: link.index))
        }
        try? sockets.removeAddress(network, from: link.index)
    }
}
