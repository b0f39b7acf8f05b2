import BootPolicy
import DHCPWire
import DeploymentModel
import MusterBase

let knownMAC = MACAddress(rawValue: 0x5254_00AA_0001)
let otherMAC = MACAddress(rawValue: 0x5254_00AA_0002)
let knownUUID = MachineUUID(high: 0x1122_3344_5566_7788, low: 0x99AA_BBCC_DDEE_FF00)
let server = IPv4Address(10, 0, 0, 1)
let nodeAddress = IPv4Address(10, 0, 0, 11)

func network(_ text: String) -> IPv4Network {
    guard let network = IPv4Network(text) else { preconditionFailure("'\(text)' in a test is no network") }
    return network
}

/// The node `n1` at 10.0.0.11/24.
func node(
    _ state: DeploymentState? = .armed, _ method: DeploymentMethod = .untethered, address: String? = "10.0.0.11/24",
    macs: [MACAddress] = [knownMAC], uuid: MachineUUID? = nil
) -> NodeBootFacts {
    NodeBootFacts(
        name: "n1", macAddresses: macs, uuid: uuid, network: address.map(network),
        gateway: IPv4Address(10, 0, 0, 254),
        dnsServers: [IPv4Address(10, 0, 0, 53)], domain: "example.org",
        deployment: state.map { NodeDeployment(profile: "debian-12", state: $0, method: method) })
}

/// One server with one interface, and what machines send to it.
struct Scene {
    let directory: FakeDirectory
    let leases: LeaseTable
    var responder: BootResponder
    var time = Timestamp(seconds: 1_700_000_000)

    init(
        _ nodes: [NodeBootFacts] = [node()], settings: BootSettings = BootSettings(),
        addresses: [String] = ["10.0.0.1/24"], reserved: Set<IPv4Address> = [], leases: LeaseTable = LeaseTable()
    ) {
        directory = FakeDirectory(nodes, reserved: reserved)
        self.leases = leases
        guard let interface = BootInterface(name: "eth0", addresses: addresses.map(network)) else {
            preconditionFailure("a scene needs an address")
        }
        responder = BootResponder(
            policy: BootPolicy(settings: settings, interface: interface), directory: directory, leases: leases)
    }

    mutating func give(_ packet: DHCPPacket, port: BootRequest.Port = .server) -> BootResponder.Outcome {
        responder.respond(to: packet.encoded()[...], port: port, at: time)
    }

    /// The answer read back, with its destination; nil for silence.
    mutating func answer(
        to packet: DHCPPacket, port: BootRequest.Port = .server
    ) throws -> (packet: DHCPPacket, reply: BootReply)? {
        guard case .reply(let reply, _) = give(packet, port: port) else { return nil }
        return (try DHCPPacket(decoding: reply.octets), reply)
    }
}

/// Who asks.
enum Asker: Sendable, CaseIterable {
    case bios, x86UEFI, x64UEFI, byteCode, arm64, x86HTTP, x64HTTP, arm64HTTP, ipxe, agent, system

    var architecture: ClientArchitecture? {
        switch self {
        case .bios: .x86BIOS
        case .x86UEFI: .x86UEFI
        case .x64UEFI, .ipxe: .x64UEFI
        case .byteCode: .byteCodeUEFI
        case .arm64: .arm64UEFI
        case .x86HTTP: .x86UEFIHTTP
        case .x64HTTP: .x64UEFIHTTP
        case .arm64HTTP: .arm64UEFIHTTP
        case .agent, .system: nil
        }
    }

    var vendorClass: String? {
        switch self {
        case .agent: "muster-agent"
        case .system: nil
        case .x86HTTP, .x64HTTP, .arm64HTTP: "HTTPClient:Arch:00016:UNDI:003000"
        default: "PXEClient:Arch:00007:UNDI:003000"
        }
    }
}

/// A client's message.
func message(
    _ type: DHCPMessageType, _ asker: Asker = .bios, mac: MACAddress = knownMAC, uuid: MachineUUID? = nil,
    _ change: (inout DHCPPacket) -> Void = { _ in }
) -> DHCPPacket {
    var packet = DHCPPacket(.request, transaction: 0xC0FF_EE00)
    packet.macAddress = mac
    packet.options.setMessageType(type)
    if let vendorClass = asker.vendorClass { packet.options.setText(.vendorClass, vendorClass) }
    if let architecture = asker.architecture { packet.options.setClientArchitecture(architecture) }
    if asker == .ipxe { packet.options.set(.userClass, "iPXE".utf8) }
    if let uuid { packet.options.setMachineUUID(uuid) }
    change(&packet)
    return packet
}

/// REQUEST for an address, as after an offer of `from`; nil is a machine that asks for the address it had.
func request(
    _ address: IPv4Address, _ asker: Asker = .bios, from server: IPv4Address? = server, mac: MACAddress = knownMAC
) -> DHCPPacket {
    message(.request, asker, mac: mac) {
        $0.options.setAddress(.requestedAddress, address)
        if let server { $0.options.setAddress(.serverIdentifier, server) }
    }
}
