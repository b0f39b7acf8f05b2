import DHCPWire
import MusterBase

/// What an answer makes the machine do next.
public enum BootTarget: Sendable, Hashable {
    /// Take a loader by TFTP: path below the public directory.
    case loader(String)
    /// Take a loader by HTTP: URL.
    case loaderURL(String)
    /// Run the profile's iPXE script: URL.
    case script(String)
    /// Ask the members: the agent is told where they listen.
    case members(MusterVendorOptions)
    /// Nothing to boot from here: the machine goes on to its disk. UEFI firmware, which would go on asking, gets a
    /// program that ends at once: path below the public directory, or URL.
    case disk(end: String?)
    /// An address and no more, for a running system.
    case addressOnly
    /// There is no loader for this firmware.
    case unsupported(ClientArchitecture?)

    /// The path or URL that is sent as boot file.
    public var bootFile: String? {
        switch self {
        case .loader(let file), .loaderURL(let file), .script(let file): file
        case .disk(let end): end
        case .members, .addressOnly, .unsupported: nil
        }
    }

    /// Whether there is something to say beyond an address.
    var isBoot: Bool {
        switch self {
        case .loader, .loaderURL, .script, .members: true
        case .disk(let end): end != nil
        case .addressOnly, .unsupported: false
        }
    }
}

extension BootTarget {
    /// Chooses what the node boots.
    static func choose(
        for request: BootRequest, facts: NodeBootFacts?, settings: BootSettings, server: IPv4Address
    ) -> BootTarget {
        guard request.client.boots else { return .addressOnly }
        // A machine of the dynamic range: it was told to nobody, so it gets an address and nothing to boot.
        guard let facts else { return .addressOnly }
        if request.client == .agent {
            var members = settings.otherMembers
            members.nodeAPI.insert(.init(address: server, port: settings.httpsPort), at: 0)
            members.http.insert(.init(address: server, port: settings.httpPort), at: 0)
            return .members(members)
        }
        let loaders = facts.loaders ?? settings.loaders
        let base = settings.httpPort == 80 ? "http://\(server)/" : "http://\(server):\(settings.httpPort)/"
        guard let deployment = facts.deployment, deployment.bootsFromNetwork else {
            let end = request.client == .loader ? nil : request.architecture.flatMap { loaders.ends[$0] }
            return .disk(end: end.map { request.client == .firmwareHTTP ? base + percentEncoded($0) : $0 })
        }
        if request.client == .loader {
            return .script("\(base)os/\(percentEncoded(deployment.profile))/boot.ipxe")
        }
        guard let architecture = request.architecture, let path = loaders.path(for: architecture) else {
            return .unsupported(request.architecture)
        }
        return request.client == .firmwareHTTP ? .loaderURL(base + percentEncoded(path)) : .loader(path)
    }
}

/// Escapes what may not stand in the path of a URL (RFC 3986, section 3.3). Slashes stay.
func percentEncoded(_ path: String) -> String {
    let plain = path.utf8.allSatisfy(isPathOctet)
    guard !plain else { return path }
    return path.utf8.map { octet in
        isPathOctet(octet) ? String(UnicodeScalar(octet)) : "%" + hexText(octet).uppercased()
    }.joined()
}

private func isPathOctet(_ octet: UInt8) -> Bool {
    switch octet {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
        UInt8(ascii: "0")...UInt8(ascii: "9"):
        true
    default: "-._~/+@:".utf8.contains(octet)
    }
}
