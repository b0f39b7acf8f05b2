import CLinux
import MusterBase

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif

extension RouteSocket {
    /// Makes a cable between this network namespace and another: two links of type veth(4), both switched off.
    public func addCable(_ name: String, to peer: String, in namespace: NetworkNamespace) throws {
        var far = NetlinkMessage(.newLink, flags: 0, sequence: 0)
        let begin = far.bytes.count
        far.putAnyLink()
        far.attribute(Link.name, text: peer)
        far.attribute(Link.namespace, number: UInt32(namespace.descriptor))
        var data = NetlinkMessage(.newLink, flags: 0, sequence: 0)
        data.attribute(1, Array(far.bytes[begin...]))  // VETH_INFO_PEER
        var information = NetlinkMessage(.newLink, flags: 0, sequence: 0)
        information.attribute(1, text: "veth")
        information.attribute(2, Array(data.bytes[begin...]))
        var message = next(
            .newLink, flags: NetlinkMessage.create | NetlinkMessage.exclusive | NetlinkMessage.acknowledge)
        message.putAnyLink()
        message.attribute(Link.name, text: name)
        message.attribute(Link.information, Array(information.bytes[begin...]))
        try exchange(message, doing: "make the links \(name) and \(peer)")
    }

    private enum Link {
        static let name: UInt16 = 3
        static let information: UInt16 = 18
        static let namespace: UInt16 = 28
    }

    /// The link of that name. Throws `notFound`.
    public func link(named name: String) throws -> NetworkLink {
        guard let link = try links().first(where: { $0.name == name }) else {
            throw MusterError(.notFound, "there is no network link \(name)")
        }
        return link
    }

    /// Makes every address of a network one of this machine's own, without giving them to a link one by one.
    public func addLocal(_ network: IPv4Network) throws {
        try exchange(
            localRoute(.newRoute, network, flags: NetlinkMessage.create | NetlinkMessage.replace),
            doing: "take all addresses of \(network) as own ones")
    }

    public func removeLocal(_ network: IPv4Network) throws {
        try exchange(localRoute(.deleteRoute, network, flags: 0), doing: "give the addresses of \(network) up")
    }

    private func localRoute(
        _ kind: NetlinkMessage.Kind, _ network: IPv4Network, flags: UInt16
    ) throws -> NetlinkMessage {
        let loopback = try link(named: "lo").index
        var message = next(kind, flags: flags | NetlinkMessage.acknowledge)
        message.put(UInt8(AF_INET))
        message.put(UInt8(network.prefixLength))
        message.put(UInt16(0))  // source prefix, type of service
        message.put(UInt8(255))  // the local table
        message.put(UInt8(3))  // made at boot
        message.put(UInt8(254))  // scope: this machine
        message.put(UInt8(2))  // local
        message.put(UInt32(0))
        message.attribute(1, network.first.octets)
        message.attribute(4, withUnsafeBytes(of: loopback) { Array($0) })
        return message
    }
}

extension NetlinkMessage {
    /// The fixed part of a message about a link that the kernel is to choose or to make.
    fileprivate mutating func putAnyLink() {
        put(UInt32(0))
        put(Int32(0))
        put(UInt32(0))
        put(UInt32(0))
    }

    fileprivate mutating func attribute(_ kind: UInt16, text: String) { attribute(kind, Array(text.utf8) + [0]) }
}
