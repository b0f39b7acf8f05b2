import MusterBase

/// Which router leads to a network: `10.9.0.0/16 via 10.1.0.254 metric 100`.
public struct StaticRoute: Sendable, Hashable {
    /// Without host bits.
    public let network: IPv4Network
    public let gateway: IPv4Address
    /// The lower, the better; nil for the system's own.
    public let metric: Int?

    /// Nil when the network has host bits, or the gateway is no machine's address.
    public init?(_ network: IPv4Network, via gateway: IPv4Address, metric: Int? = nil) {
        guard network.first == network.address, gateway != .any, gateway != .broadcast, !gateway.isMulticast,
            metric.map({ (0...Int(Int32.max)).contains($0) }) ?? true
        else { return nil }
        self.network = network
        self.gateway = gateway
        self.metric = metric
    }

    /// Reads `NETWORK via GATEWAY`, with ` metric NUMBER` behind it where there is one.
    public init?(_ text: String) {
        let words = text.split(separator: " ")
        guard words.count == 3 || (words.count == 5 && words[3] == "metric"), words[1] == "via",
            let network = IPv4Network(words[0]), let gateway = IPv4Address(words[2])
        else { return nil }
        guard words.count == 5 else {
            self.init(network, via: gateway)
            return
        }
        guard words[4].utf8.allSatisfy({ (0x30...0x39).contains($0) }), let metric = Int(words[4]) else { return nil }
        self.init(network, via: gateway, metric: metric)
    }

    /// Whether it is for all that has no other route.
    public var isDefault: Bool { network.prefixLength == 0 }
}

extension StaticRoute: CustomStringConvertible {
    public var description: String { "\(network) via \(gateway)" + (metric.map { " metric \($0)" } ?? "") }
}

extension StaticRoute: Codable {
    public init(from decoder: any Decoder) throws { self = try decodeText(from: decoder) { StaticRoute($0) } }
    public func encode(to encoder: any Encoder) throws { try encodeText(description, to: encoder) }
}
