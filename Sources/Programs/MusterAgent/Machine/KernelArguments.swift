import DHCPWire
import MusterBase

/// The kernel's command line, as far as the agent minds it.
///
/// | argument | meaning |
/// |---|---|
/// | `muster.server=IP[:port][,…]` | members' HTTPS ports; instead of what DHCP says |
/// | `muster.ip=ADDRESS/PREFIX[,gateway]` | a fixed address on the first link that has carrier; no DHCP |
/// | `muster.profile=NAME` | the profile that this boot belongs to |
/// | `muster.installer=FAMILY` | the initramfs is that of an installer |
/// | `muster.debug` | a shell where a step fails |
public struct KernelArguments: Sendable, Hashable {
    /// A member's address and HTTPS port.
    public typealias Endpoint = MusterVendorOptions.Endpoint

    /// A fixed address.
    public struct FixedAddress: Sendable, Hashable {
        public var network: IPv4Network
        public var gateway: IPv4Address?
    }

    public var servers: [Endpoint] = []
    public var address: FixedAddress?
    public var profile: String?
    /// `el`; nil in the initramfs of an image.
    public var installer: String?
    public var isDebug = false
    /// What could not be understood, in words for the console. Nothing stops for it.
    public var complaints: [String] = []

    public init() {}

    /// Reads `/proc/cmdline`.
    public init(_ commandLine: String) {
        for word in KernelArguments.words(commandLine) {
            let parts = word.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            let value = parts.count > 1 ? String(parts[1]) : ""
            switch parts[0] {
            case "muster.server": readServers(value)
            case "muster.ip": readAddress(value)
            case "muster.profile": profile = value.isEmpty ? nil : value
            case "muster.installer": installer = value.isEmpty ? nil : value
            case "muster.debug": isDebug = value != "0" && value != "no"
            default:
                if parts[0].hasPrefix("muster.") {
                    complaints.append("the kernel argument \(parts[0]) is not known and has no effect")
                }
            }
        }
    }

    private mutating func readServers(_ text: String) {
        for item in text.split(separator: ",") {
            let parts = item.split(separator: ":", omittingEmptySubsequences: false)
            let port = parts.count > 1 ? UInt16(parts[1]) : 443
            guard parts.count <= 2, let address = IPv4Address(parts[0]), let port, port > 0 else {
                complaints.append("muster.server: '\(item)' is not IP or IP:port")
                continue
            }
            servers.append(Endpoint(address: address, port: port))
        }
    }

    private mutating func readAddress(_ text: String) {
        let parts = text.split(separator: ",", omittingEmptySubsequences: false)
        guard parts.count <= 2, let first = parts.first, let network = IPv4Network(first) else {
            complaints.append("muster.ip: '\(text)' is not ADDRESS/PREFIX or ADDRESS/PREFIX,GATEWAY")
            return
        }
        var gateway: IPv4Address?
        if parts.count == 2 {
            gateway = IPv4Address(parts[1])
            if gateway == nil { complaints.append("muster.ip: the gateway '\(parts[1])' is no address") }
        }
        address = FixedAddress(network: network, gateway: gateway)
    }

    /// Splits at white space outside of double quotes, as the kernel does.
    private static func words(_ line: String) -> [String] {
        var words: [String] = []
        var word = ""
        var isQuoted = false
        for character in line {
            if character == "\"" {
                isQuoted.toggle()
            } else if character.isWhitespace && !isQuoted {
                if !word.isEmpty { words.append(word) }
                word = ""
            } else {
                word.append(character)
            }
        }
        if !word.isEmpty { words.append(word) }
        return words
    }
}
