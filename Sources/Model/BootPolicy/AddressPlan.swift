import MusterBase

/// Which address a machine may have on the link from which it asks.
public enum AddressPlan: Sendable, Hashable {
    case fixed(IPv4Network)
    case dynamic(IPv4Network)
    /// None, and why.
    case none(SilenceReason)

    var network: IPv4Network? {
        switch self {
        case .fixed(let network), .dynamic(let network): network
        case .none: nil
        }
    }

    var kind: Lease.Kind {
        if case .dynamic = self { return .dynamic }
        return .fixed
    }
}
