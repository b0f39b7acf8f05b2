import DHCPWire
import MusterBase

/// The DHCP client of firmware and of iPXE: from the first packet to the acknowledgement. No I/O and no clock.
struct BootDHCP: Sendable {
    enum Client: Sendable, Hashable {
        case firmware(SimulatedFirmware)
        case ipxe(SimulatedFirmware)
    }

    /// What the machine was given.
    struct Lease: Sendable, Hashable {
        var address: IPv4Network
        /// Where a file without a host of its own is loaded from (`siaddr`).
        var nextServer: IPv4Address
        /// Path or URL; empty for none.
        var file: String
    }

    enum Event: Sendable {
        case none
        case send([UInt8])
        case bound(Lease)
        /// No server answered in all the time that such clients wait.
        case gaveUp
    }

    private let client: Client
    private let mac: MACAddress
    private let uuid: MachineUUID
    private let transaction: UInt32
    private var offer: (address: IPv4Address, server: IPv4Address)?
    private var sends = 0
    /// When it sends again or gives up.
    private(set) var deadline = Duration.zero

    /// Seconds between packets: firmware as PXE 2.1, section 2.2.1 has it; iPXE doubles from one (`DHCP_MIN_TIMEOUT`).
    private var waits: [Int64] {
        switch client {
        case .firmware: [4, 8, 16, 32]
        case .ipxe: [1, 2, 4, 8]
        }
    }

    init(_ client: Client, mac: MACAddress, uuid: MachineUUID, using random: inout SeededRandom) {
        self.client = client
        self.mac = mac
        self.uuid = uuid
        transaction = UInt32(truncatingIfNeeded: random.next())
    }

    /// How often it asked since the last progress.
    var attempts: Int { sends }

    mutating func begin(at now: Duration) -> Event { send(at: now) }

    mutating func timer(at now: Duration) -> Event {
        guard now >= deadline else { return .none }
        guard sends < waits.count else { return .gaveUp }
        return send(at: now)
    }

    /// Whatever is no answer to its own question is dropped.
    mutating func take(_ octets: [UInt8], at now: Duration) -> Event {
        guard let packet = try? DHCPPacket(decoding: octets), packet.transaction == transaction,
            let type = try? packet.options.messageType()
        else { return .none }
        switch (type, offer) {
        case (.offer, nil):
            guard let server = try? packet.options.address(.serverIdentifier), packet.yourAddress != .any else {
                return .none
            }
            offer = (packet.yourAddress, server)
            sends = 0
            return send(at: now)
        case (.acknowledge, .some(let offer)) where packet.yourAddress == offer.address:
            guard let mask = try? packet.options.address(.subnetMask),
                let network = IPv4Network(packet.yourAddress, mask: mask)
            else { return .none }
            let file = (try? packet.options.text(.bootFileName)) ?? String(decoding: packet.bootFile, as: UTF8.self)
            return .bound(Lease(address: network, nextServer: packet.nextServer, file: file))
        case (.refuse, .some):
            self.offer = nil
            sends = 0
            deadline = now + .seconds(1)
            return .none
        default: return .none
        }
    }

    private mutating func send(at now: Duration) -> Event {
        deadline = now + .seconds(waits[min(sends, waits.count - 1)])
        sends += 1
        return .send(packet().encoded())
    }

    private func packet() -> DHCPPacket {
        var packet = DHCPPacket(.request, transaction: transaction)
        packet.macAddress = mac
        packet.flags = DHCPPacket.broadcastFlag
        packet.options.setMessageType(offer == nil ? .discover : .request)
        if let offer {
            packet.options.setAddress(.requestedAddress, offer.address)
            packet.options.setAddress(.serverIdentifier, offer.server)
        }
        packet.options.setInteger(.maximumMessageSize, UInt16(1472))
        packet.options.setParameterRequestList(Self.parameters)
        packet.options.setMachineUUID(uuid)
        packet.options.set(.clientNetworkInterface, [1, 3, 16])
        switch client {
        case .firmware(let firmware):
            packet.options.setClientArchitecture(firmware.architecture)
            packet.options.setText(.vendorClass, vendorClass(firmware.architecture))
        case .ipxe(let firmware):
            // iPXE was loaded over HTTP or not: it calls itself a PXE client of its architecture all the same.
            let architecture = firmware == .http ? ClientArchitecture.x64UEFI : firmware.architecture
            packet.options.setClientArchitecture(architecture)
            packet.options.setText(.vendorClass, vendorClass(architecture))
            packet.options.set(.userClass, Array("iPXE".utf8))
            packet.options.set(.ipxe, Self.ipxeFeatures)
        }
        return packet
    }

    private func vendorClass(_ architecture: ClientArchitecture) -> String {
        let digits = String(architecture.rawValue)
        let number = String(repeating: "0", count: 5 - digits.count) + digits
        return "\(architecture.bootsOverHTTP ? "HTTPClient" : "PXEClient"):Arch:\(number):UNDI:003016"
    }

    private static let parameters: [DHCPOptionCode] = [
        .subnetMask, .router, .domainNameServer, .hostName, .domainName, .vendorSpecific, .vendorClass,
        .bootServerName, .bootFileName, .ipxe, .clientMachineIdentifier,
    ]

    /// PCI identity, version 1.21.1, and the features HTTP, HTTPS, DNS, TFTP, bzImage, menu, PXE.
    private static let ipxeFeatures: [UInt8] = [
        0xB1, 5, 1, 0x1A, 0xF4, 0x10, 0, 0xEB, 3, 1, 21, 1, 19, 1, 1, 20, 1, 1, 17, 1, 1, 23, 1, 1, 24, 1, 1, 39, 1, 1,
        33, 1, 1,
    ]
}
