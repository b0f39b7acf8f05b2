import MusterBase

/// The sub-options of option 175, by which iPXE tells its features and takes settings (ipxe.org, "DHCP options").
public enum IPXEOption {
    /// The feature of loading over HTTP.
    static let http: UInt8 = 19
    /// The setting that there is no proxy DHCP server to wait for.
    static let noProxyDHCP: UInt8 = 176
}

extension DHCPOptions {
    /// Whether iPXE asks: its user class is `iPXE`.
    public var isIPXE: Bool { hasUserClass("iPXE") }

    /// Whether that iPXE can load over HTTP. Network cards have iPXE in ROM that was built without it. One that does
    /// not list its features, or not in a form that can be read, is taken to be complete.
    public var hasIPXEOverHTTP: Bool {
        guard isIPXE else { return false }
        guard let octets = self[.ipxe], let features = try? encapsulatedOptions(octets) else { return true }
        return features.contains { $0.0 == IPXEOption.http }
    }

    /// Tells iPXE to take this offer at once, and not to wait some seconds for a proxy DHCP server.
    public mutating func setIPXEWithoutProxyDHCP() { set(.ipxe, [IPXEOption.noProxyDHCP, 1, 1]) }
}
