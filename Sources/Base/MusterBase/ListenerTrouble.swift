#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif

/// Why a listener of a service takes no requests. Whoever has the listener tries again by itself.
public struct ListenerTrouble: Error, Sendable, Hashable {
    public enum Kind: Sendable, Hashable {
        /// Its interface, or an address on it, is not there yet.
        case waiting
        /// Another socket has that port.
        case portInUse(Int)
        /// The address is none of this machine's.
        case addressMissing
        /// This process has not the right.
        case forbidden
        /// This machine has no network of that kind, as when IPv6 is switched off.
        case familyMissing
        case other
    }

    public let kind: Kind
    /// One line.
    public let reason: String

    public init(_ kind: Kind, _ reason: String) {
        self.kind = kind
        self.reason = reason
    }

    /// From what the kernel answered to socket(2), bind(2) or setsockopt(2).
    ///
    /// - Parameter detail: the reason in words, for answers that have no kind of their own.
    public init(errorNumber: Int32, port: Int, detail: String) {
        switch errorNumber {
        case EADDRINUSE: self.init(.portInUse(port), "port \(port) is in use")
        case EADDRNOTAVAIL: self.init(.addressMissing, "the address is none of this machine's")
        case EACCES, EPERM: self.init(.forbidden, "port \(port) may not be opened: \(detail)")
        case EAFNOSUPPORT, EPROTONOSUPPORT: self.init(.familyMissing, "this machine has no network of that kind")
        // The interface went away between being listed and being bound to.
        case ENODEV: self.init(.waiting, "there is no such interface")
        default: self.init(.other, detail)
        }
    }
}

extension ListenerTrouble: CustomStringConvertible {
    public var description: String { reason }
}
