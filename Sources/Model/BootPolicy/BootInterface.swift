import MusterBase

/// The server's side of the link on which requests come in.
public struct BootInterface: Sendable, Hashable {
    public var name: String
    /// The server's addresses on the link, the preferred one first; never empty.
    public let addresses: [IPv4Network]

    /// Nil when there is no address: such an interface cannot be served.
    public init?(name: String, addresses: [IPv4Network]) {
        guard !addresses.isEmpty else { return nil }
        self.name = name
        self.addresses = addresses
    }

    /// The server's address to name in an answer that gives out `address`: the one in the same network, else the first.
    func serverAddress(near address: IPv4Address?) -> IPv4Address {
        let near = address.flatMap { wanted in addresses.first { $0.contains(wanted) } }
        return (near ?? addresses.first)?.address ?? .any
    }

    func owns(_ address: IPv4Address) -> Bool { addresses.contains { $0.address == address } }
}
