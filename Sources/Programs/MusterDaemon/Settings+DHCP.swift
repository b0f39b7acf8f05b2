import BootPolicy
import DHCPService

extension Settings {
    /// The settings of the DHCP service, an interface each.
    func dhcp() throws -> DHCPServiceSettings {
        var interfaces: [String: BootSettings] = [:]
        for network in networks {
            interfaces[network.interface] = BootSettings(
                mode: network.mode == .own ? .own : .proxy, router: network.router, dnsServers: network.dns,
                leaseSeconds: UInt32(network.lease),
                dynamicRange: try network.dynamicRange.map { range in
                    try DynamicRange(first: range.lowerBound, last: range.upperBound)
                },
                httpPort: UInt16(httpPort), httpsPort: UInt16(httpsPort))
        }
        return DHCPServiceSettings(interfaces: interfaces, ports: .init(server: UInt16(dhcpPort)))
    }
}
