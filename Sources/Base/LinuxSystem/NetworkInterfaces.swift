import CLinux
import MusterBase

/// A network interface of this machine.
public struct NetworkInterface: Sendable, Hashable {
    public var name: String
    /// The kernel's number; an interface that went away and came back has another.
    public var index: UInt32
    /// Nil for interfaces that are not Ethernet, and for loopback.
    public var mac: MACAddress?
    /// The IPv4 addresses with their prefixes, in the kernel's order.
    public var addresses: [IPv4Network]
    /// Whether it was set up by the administrator.
    public var isUp: Bool
    /// Whether it has a carrier.
    public var isRunning: Bool
    public var isLoopback: Bool

    public init(
        name: String, index: UInt32, mac: MACAddress?, addresses: [IPv4Network], isUp: Bool, isRunning: Bool,
        isLoopback: Bool = false
    ) {
        self.name = name
        self.index = index
        self.mac = mac
        self.addresses = addresses
        self.isUp = isUp
        self.isRunning = isRunning
        self.isLoopback = isLoopback
    }
}

extension NetworkInterface {
    /// All interfaces of this network namespace, by their numbers. Throws `systemFailure`.
    public static func all() throws(MusterError) -> [NetworkInterface] {
        var capacity = 64
        while true {
            var links = [muster_interface](repeating: muster_interface(), count: capacity)
            var addresses = [muster_interface_address](repeating: muster_interface_address(), count: capacity)
            var (linkCount, addressCount) = (0, 0)
            guard muster_list_interfaces(&links, capacity, &linkCount, &addresses, capacity, &addressCount) == 0 else {
                throw systemError("Cannot list the network interfaces")
            }
            guard max(linkCount, addressCount) <= capacity else {
                capacity = max(linkCount, addressCount) + 16
                continue
            }
            let networks = Dictionary(grouping: addresses.prefix(addressCount), by: { text($0.name) })
            return links.prefix(linkCount).map { link in
                NetworkInterface(link, networks[text(link.name)] ?? [])
            }.sorted { $0.index < $1.index }
        }
    }

    private init(_ link: muster_interface, _ addresses: [muster_interface_address]) {
        let octets = withUnsafeBytes(of: link.mac) { Array($0) }
        let mac = link.has_mac == 1 ? MACAddress(octets: octets) : nil
        self.init(
            name: NetworkInterface.text(link.name), index: link.index, mac: mac,
            addresses: addresses.compactMap {
                IPv4Network(IPv4Address(rawValue: $0.address), mask: IPv4Address(rawValue: $0.mask))
            },
            isUp: link.is_up == 1, isRunning: link.is_running == 1, isLoopback: link.is_loopback == 1)
    }

    /// A C array of characters arrives as a tuple.
    private static func text<Field>(_ field: Field) -> String {
        withUnsafeBytes(of: field) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
    }
}
