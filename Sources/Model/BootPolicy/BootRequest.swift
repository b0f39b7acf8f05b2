import DHCPWire
import MusterBase

/// What kind of program asks; this is also how far the machine has come.
public enum BootClient: String, Sendable, Hashable, Codable {
    /// The firmware, for a loader over TFTP.
    case firmware
    /// The firmware, for a loader over HTTP.
    case firmwareHTTP = "firmware-http"
    /// iPXE, for its script.
    case loader
    /// Muster's agent in the initramfs.
    case agent
    /// An operating system, or something else that wants an address alone.
    case system

    /// Whether it wants more than an address.
    public var boots: Bool { self != .system }
}

/// A client's message as the policy sees it: everything read once.
public struct BootRequest: Sendable {
    /// Where a message came in.
    public enum Port: Sendable, Hashable {
        /// 67: DHCP.
        case server
        /// 4011: PXE boot server.
        case proxy
    }

    public let packet: DHCPPacket
    public let port: Port
    public let type: DHCPMessageType
    public let identity: MachineIdentity
    public let client: BootClient
    /// The first type that the firmware names.
    public let architecture: ClientArchitecture?
    public let requestedAddress: IPv4Address?
    public let serverIdentifier: IPv4Address?
    /// The network that a relay asks for; nil when the request came directly.
    public let relayLink: IPv4Address?

    /// Why a packet is no request to think about.
    public enum Rejection: Error, Sendable {
        case silence(SilenceReason)
    }

    /// More relays than this forward in a loop (RFC 1542, section 4.1.1).
    static let maximumHops: UInt8 = 16

    public init(_ packet: DHCPPacket, port: Port) throws(Rejection) {
        guard packet.operation == .request else { throw .silence(.notARequest) }
        guard packet.hops <= BootRequest.maximumHops else { throw .silence(.tooManyHops) }
        guard let mac = packet.macAddress, !mac.isMulticast, mac.rawValue != 0 else {
            throw .silence(.hardwareAddress)
        }
        self.packet = packet
        self.port = port
        let options = packet.options
        do {
            guard let type = try options.messageType() else { throw Rejection.silence(.bootp) }
            self.type = type
            requestedAddress = try options.address(.requestedAddress)
            serverIdentifier = try options.address(.serverIdentifier)
        } catch let rejection as Rejection {
            throw rejection
        } catch {
            throw .silence(.malformed)
        }
        // A broken optional option must not cost the machine its answer: it counts as absent.
        identity = MachineIdentity(mac: mac, uuid: try? options.machineUUID())
        architecture = (try? options.clientArchitectures())?.first
        client = BootRequest.client(of: options)
        relayLink = BootRequest.relayLink(of: packet)
    }

    public var vendorClass: String? { try? packet.options.text(.vendorClass) }
    public var hostName: String? { try? packet.options.text(.hostName) }

    private static func client(of options: DHCPOptions) -> BootClient {
        let vendorClass = options.vendorClass
        if vendorClass == .musterAgent { return .agent }
        if options.hasIPXEOverHTTP { return .loader }
        switch vendorClass {
        case .pxeClient: return .firmware
        case .httpClient: return .firmwareHTTP
        default: return .system
        }
    }

    private static func relayLink(of packet: DHCPPacket) -> IPv4Address? {
        guard packet.relayAddress != .any else { return nil }
        return (try? packet.options.relayAgentInformation())?.linkSelection ?? packet.relayAddress
    }
}
