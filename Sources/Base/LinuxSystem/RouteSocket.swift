import CLinux
import MusterBase

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif

/// A network link as the kernel sees it.
public struct NetworkLink: Sendable, Hashable, Codable {
    public let index: Int32
    public let name: String
    /// The ARPHRD number; 1 is Ethernet.
    public let type: UInt16
    public let isUp: Bool
    /// True when the other end of the cable is there and the link is up.
    public let hasCarrier: Bool
    public let address: MACAddress?
    /// The address that the hardware came with; absent for links without hardware.
    public let permanentAddress: MACAddress?
    /// Largest packet in octets.
    public let mtu: Int
    /// True for links that are made of nothing but software, such as bridges.
    public let isVirtual: Bool

    public init(
        index: Int32, name: String, type: UInt16, isUp: Bool, hasCarrier: Bool, address: MACAddress?,
        permanentAddress: MACAddress?, mtu: Int, isVirtual: Bool
    ) {
        self.index = index
        self.name = name
        self.type = type
        self.isUp = isUp
        self.hasCarrier = hasCarrier
        self.address = address
        self.permanentAddress = permanentAddress
        self.mtu = mtu
        self.isVirtual = isVirtual
    }

    /// True for real Ethernet hardware and what looks like it.
    public var isEthernet: Bool { type == 1 && !isVirtual && address != nil }
}

/// Links, addresses and routes of the network namespace in which it was opened.
public final class RouteSocket {
    private let descriptor: Int32
    private var sequence: UInt32 = 0

    public init() throws {
        descriptor = muster_netlink_open()
        guard descriptor >= 0 else { throw systemError("cannot open a netlink socket") }
    }

    /// Works in another network namespace.
    public init(in namespace: NetworkNamespace) throws {
        descriptor = muster_netlink_open_in(namespace.descriptor)
        guard descriptor >= 0 else { throw systemError("cannot open a netlink socket in another network namespace") }
    }

    deinit { close(descriptor) }

    /// All links, in the order of their index.
    public func links() throws -> [NetworkLink] {
        var message = next(.getLink, flags: NetlinkMessage.dump)
        message.put(UInt32(0))
        message.put(Int32(0))
        message.put(UInt32(0))
        message.put(UInt32(0))
        return try exchange(message, doing: "list the network links").compactMap(Self.link).sorted {
            $0.index < $1.index
        }
    }

    public func setUp(_ link: Int32) throws {
        let up: UInt32 = 1
        try exchange(linkMessage(link, flags: up, change: up), doing: "switch link \(link) on")
    }

    public func setDown(_ link: Int32) throws {
        try exchange(linkMessage(link, flags: 0, change: 1), doing: "switch link \(link) off")
    }

    public func setMTU(_ mtu: Int, of link: Int32) throws {
        var message = linkMessage(link, flags: 0, change: 0)
        message.attribute(4, number: UInt32(clamping: mtu))
        try exchange(message, doing: "set the MTU of link \(link) to \(mtu)")
    }

    /// Gives a link an address; it is no error when it has it.
    public func addAddress(_ network: IPv4Network, to link: Int32) throws {
        try exchange(
            addressMessage(
                .newAddress, network, link: link, flags: NetlinkMessage.create | NetlinkMessage.replace),
            doing: "give link \(link) the address \(network)")
    }

    public func removeAddress(_ network: IPv4Network, from link: Int32) throws {
        try exchange(
            addressMessage(.deleteAddress, network, link: link, flags: 0),
            doing: "take the address \(network) from link \(link)")
    }

    /// All IPv4 addresses of a link.
    public func addresses(of link: Int32) throws -> [IPv4Network] {
        var message = next(.getAddress, flags: NetlinkMessage.dump)
        message.put(UInt8(AF_INET))
        message.put(UInt8(0))
        message.put(UInt16(0))
        message.put(Int32(0))
        return try exchange(message, doing: "list the addresses").compactMap { reply in
            guard reply.payload.count >= 8, native(reply.payload, 4, Int32.self) == link,
                let octets = reply.attributes(after: 8)[2], let address = IPv4Address(octets: octets)
            else { return nil }
            return IPv4Network(address, prefixLength: Int(native(reply.payload, 1, UInt8.self)))
        }
    }

    /// Forgets a route that ``setRoute(to:by:link:metric:)`` set.
    public func removeRoute(to network: IPv4Network, by gateway: IPv4Address?, link: Int32, metric: UInt32 = 0) throws {
        try exchange(
            routeMessage(.deleteRoute, network, gateway, link, metric, flags: 0),
            doing: "remove the route to \(network)")
    }

    /// Sets the route to a network (`0.0.0.0/0` for all others), by way of a gateway or straight on the link.
    public func setRoute(to network: IPv4Network, by gateway: IPv4Address?, link: Int32, metric: UInt32 = 0) throws {
        try exchange(
            routeMessage(
                .newRoute, network, gateway, link, metric, flags: NetlinkMessage.create | NetlinkMessage.replace),
            doing: "set the route to \(network)" + (gateway.map { " by \($0)" } ?? ""))
    }

    private func routeMessage(
        _ kind: NetlinkMessage.Kind, _ network: IPv4Network, _ gateway: IPv4Address?, _ link: Int32, _ metric: UInt32,
        flags: UInt16
    ) -> NetlinkMessage {
        var message = next(kind, flags: flags | NetlinkMessage.acknowledge)
        message.put(UInt8(AF_INET))
        message.put(UInt8(network.prefixLength))
        message.put(UInt16(0))  // source prefix, type of service
        message.put(UInt8(254))  // the main table
        message.put(UInt8(3))  // made at boot
        message.put(UInt8(gateway == nil ? 253 : 0))  // scope: the link, or everywhere
        message.put(UInt8(1))  // unicast
        message.put(UInt32(0))
        if network.prefixLength > 0 { message.attribute(1, network.first.octets) }
        if let gateway { message.attribute(5, gateway.octets) }
        message.attribute(4, withUnsafeBytes(of: link) { Array($0) })
        if metric > 0 { message.attribute(6, number: metric) }
        return message
    }

    func next(_ kind: NetlinkMessage.Kind, flags: UInt16) -> NetlinkMessage {
        sequence += 1
        return NetlinkMessage(kind, flags: flags, sequence: sequence)
    }

    private func linkMessage(_ link: Int32, flags: UInt32, change: UInt32) -> NetlinkMessage {
        var message = next(.newLink, flags: NetlinkMessage.acknowledge)
        message.put(UInt32(0))  // family and type: any
        message.put(link)
        message.put(flags)
        message.put(change)
        return message
    }

    private func addressMessage(
        _ kind: NetlinkMessage.Kind, _ network: IPv4Network, link: Int32, flags: UInt16
    ) -> NetlinkMessage {
        var message = next(kind, flags: flags | NetlinkMessage.acknowledge)
        message.put(UInt8(AF_INET))
        message.put(UInt8(network.prefixLength))
        message.put(UInt16(0))  // flags, scope: everywhere
        message.put(link)
        message.attribute(2, network.address.octets)
        message.attribute(1, network.address.octets)
        if kind == .newAddress, network.prefixLength < 31 { message.attribute(4, network.broadcast.octets) }
        return message
    }

    /// Sends a request and gathers the answers until the kernel says that these are all.
    @discardableResult
    func exchange(_ message: NetlinkMessage, doing: String) throws -> [NetlinkReply] {
        let request = message.finished
        guard send(descriptor, request, request.count, 0) == request.count else { throw systemError("cannot \(doing)") }
        var replies: [NetlinkReply] = []
        var buffer = [UInt8](repeating: 0, count: 64 << 10)
        while true {
            let count = recv(descriptor, &buffer, buffer.count, 0)
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { throw systemError("cannot \(doing)") }
            for reply in NetlinkReply.parse(Array(buffer[..<count])[...]) where reply.sequence == sequence {
                if reply.kind == NetlinkReply.done { return replies }
                if reply.kind == NetlinkReply.error {
                    let code = native(reply.payload, 0, Int32.self)
                    guard code == 0 else { throw systemError("cannot \(doing)", KernelError(-code)) }
                    return replies
                }
                replies.append(reply)
            }
        }
    }

    private static func link(_ reply: NetlinkReply) -> NetworkLink? {
        guard reply.kind == NetlinkMessage.Kind.newLink.rawValue, reply.payload.count >= 16 else { return nil }
        let attributes = reply.attributes(after: 16)
        guard let name = attributes[3] else { return nil }
        let flags = native(reply.payload, 8, UInt32.self)
        return NetworkLink(
            index: native(reply.payload, 4, Int32.self), name: String(decoding: name.prefix { $0 != 0 }, as: UTF8.self),
            type: native(reply.payload, 2, UInt16.self), isUp: flags & 1 != 0,
            hasCarrier: flags & 1 != 0 && (attributes[33]?.first ?? 0) != 0,
            address: attributes[1].flatMap { MACAddress(octets: $0) },
            permanentAddress: attributes[54].flatMap { MACAddress(octets: $0) },
            mtu: attributes[4].map { Int(native($0, 0, UInt32.self)) } ?? 0,
            // IFLA_LINKINFO is there for software links only.
            isVirtual: attributes[18] != nil || flags & 8 != 0)
    }
}
