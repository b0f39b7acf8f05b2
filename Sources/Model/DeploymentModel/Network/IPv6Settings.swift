import MusterBase

/// How an interface comes to its IPv6 addresses.
public enum IPv6Settings: Sendable, Hashable {
    /// As the system does it by itself.
    case unset
    /// By the routers' advertisements, and by DHCPv6 where they say so.
    case auto
    /// This address, and no router's word.
    case fixed(IPv6Network, gateway: IPv6Address?)

    public var address: IPv6Network? { if case .fixed(let network, _) = self { network } else { nil } }
    public var gateway: IPv6Address? { if case .fixed(_, let gateway) = self { gateway } else { nil } }
}

extension IPv6Settings: Codable {
    private struct Form: Codable {
        var method: String
        var address: IPv6Network?
        var gateway: IPv6Address?
    }

    public init(from decoder: any Decoder) throws {
        let form = try Form(from: decoder)
        switch (form.method, form.address) {
        case ("unset", nil): self = .unset
        case ("auto", nil): self = .auto
        case ("static", let address?): self = .fixed(address, gateway: form.gateway)
        default:
            throw DecodingError.dataCorrupted(
                .init(codingPath: decoder.codingPath, debugDescription: "'\(form.method)' leads to no address"))
        }
    }

    public func encode(to encoder: any Encoder) throws {
        let form =
            switch self {
            case .unset: Form(method: "unset")
            case .auto: Form(method: "auto")
            case .fixed(let address, let gateway): Form(method: "static", address: address, gateway: gateway)
            }
        try form.encode(to: encoder)
    }
}
