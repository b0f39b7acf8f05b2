import NIOCore

/// Where a server listens. Network endpoints are addresses, never names: a node's initramfs has no resolver.
public enum ServerEndpoint: Sendable, Hashable {
    /// HTTP on a Unix stream socket, as the operators' API has it.
    case unixSocket(path: String)
    /// Plain HTTP. `address` is an IPv4 or IPv6 address without brackets.
    case http(address: String, port: Int)
    /// HTTP over TLS. The server's certificate has to be signed by one of `authorities` (PEM text, one certificate or
    /// more) and to name `address` as an IP address.
    case https(address: String, port: Int, authorities: String)

    /// Reads `10.0.0.1`, `10.0.0.1:8443`, `[fd00::1]:443` or `fd00::1` and gives address and port.
    public static func parse(_ text: some StringProtocol, defaultPort: Int) -> (address: String, port: Int)? {
        var address = String(text)
        var port = defaultPort
        if address.hasPrefix("["), let close = address.firstIndex(of: "]") {
            let rest = address[address.index(after: close)...]
            guard rest.isEmpty || rest.hasPrefix(":") else { return nil }
            if !rest.isEmpty {
                guard let number = UInt16(rest.dropFirst()) else { return nil }
                port = Int(number)
            }
            address = String(address[address.index(after: address.startIndex)..<close])
        } else if address.utf8.count(where: { $0 == UInt8(ascii: ":") }) == 1 {
            let parts = address.split(separator: ":", omittingEmptySubsequences: false)
            guard let number = UInt16(parts[1]) else { return nil }
            address = String(parts[0])
            port = Int(number)
        }
        guard (try? SocketAddress(ipAddress: address, port: port)) != nil else { return nil }
        return (address, port)
    }

    /// What stands in the Host header field (RFC 9110, section 7.2).
    var hostField: String {
        switch self {
        case .unixSocket: "localhost"
        case .http(let address, let port): port == 80 ? bracketed(address) : "\(bracketed(address)):\(port)"
        case .https(let address, let port, _): port == 443 ? bracketed(address) : "\(bracketed(address)):\(port)"
        }
    }

    func socketAddress() throws -> SocketAddress {
        switch self {
        case .unixSocket(let path): try SocketAddress(unixDomainSocketPath: path)
        case .http(let address, let port), .https(let address, let port, _):
            try SocketAddress(ipAddress: address, port: port)
        }
    }
}

extension ServerEndpoint: CustomStringConvertible {
    public var description: String {
        switch self {
        case .unixSocket(let path): path
        case .http(let address, let port): "http://\(bracketed(address)):\(port)"
        case .https(let address, let port, _): "https://\(bracketed(address)):\(port)"
        }
    }
}

private func bracketed(_ address: String) -> String {
    address.utf8.contains(UInt8(ascii: ":")) ? "[\(address)]" : address
}
