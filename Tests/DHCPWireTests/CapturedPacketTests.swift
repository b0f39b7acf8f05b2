import DHCPWire
import MusterBase
import Testing

@Suite("captured packets")
struct CapturedPacketTests {
    private static let all = [
        CapturedPackets.ipxeDiscover, CapturedPackets.ipxeRequest, CapturedPackets.ovmfDiscover,
        CapturedPackets.ovmfRequest, CapturedPackets.snponlyDiscover, CapturedPackets.ovmfHTTPDiscover,
        CapturedPackets.dnsmasqOffer,
    ]

    @Test("every captured packet is written again as it was", arguments: all)
    func roundTrip(_ octets: [UInt8]) throws {
        #expect(try hexText(DHCPPacket(decoding: octets).encoded()) == hexText(octets))
    }

    @Test("iPXE in ROM is PXE with its user class, and sends the machine's UUID")
    func ipxe() throws {
        let packet = try DHCPPacket(decoding: CapturedPackets.ipxeDiscover)
        #expect(packet.operation == .request)
        #expect(packet.transaction == 0x0ADE_7164)
        #expect(packet.seconds == 4)
        #expect(!packet.wantsBroadcast)
        #expect(packet.macAddress == MACAddress("52:54:00:aa:00:01"))
        let options = packet.options
        #expect(try options.messageType() == .discover)
        #expect(options.maximumPayload == 1444)
        #expect(try options.clientArchitectures() == [.x86BIOS])
        #expect(try options.clientNetworkInterface() == ClientNetworkInterface(type: 1, major: 2, minor: 1))
        #expect(options.vendorClass == .pxeClient)
        #expect(options.hasUserClass("iPXE"))
        #expect(try options.machineUUID() == MachineUUID("11223344-5566-7788-99aa-bbccddeeff00"))
        #expect(try options.clientIdentifier() == [1, 0x52, 0x54, 0, 0xAA, 0, 1])
        #expect(options.asksFor(.bootFileName))
        #expect(!options.asksFor(.broadcastAddress))
    }

    @Test("iPXE names server and address when it takes an offer")
    func ipxeRequest() throws {
        let options = try DHCPPacket(decoding: CapturedPackets.ipxeRequest).options
        #expect(try options.messageType() == .request)
        #expect(try options.address(.serverIdentifier) == IPv4Address(10, 77, 0, 1))
        #expect(try options.address(.requestedAddress) == IPv4Address(10, 77, 0, 70))
    }

    @Test("OVMF wants broadcasts, and names x86-64 for PXE and for HTTP")
    func ovmf() throws {
        let pxe = try DHCPPacket(decoding: CapturedPackets.ovmfDiscover)
        #expect(pxe.wantsBroadcast)
        #expect(pxe.options.vendorClass == .pxeClient)
        #expect(try pxe.options.clientArchitectures() == [.x64UEFI])
        #expect(!pxe.options.hasUserClass("iPXE"))
        let http = try DHCPPacket(decoding: CapturedPackets.ovmfHTTPDiscover)
        #expect(http.options.vendorClass == .httpClient)
        #expect(try http.options.clientArchitectures() == [.x64UEFIHTTP])
        #expect(try http.options.machineUUID() == MachineUUID("11223344-5566-7788-99aa-bbccddeeff01"))
    }

    @Test("iPXE as EFI program has the architecture and the user class")
    func snponly() throws {
        let options = try DHCPPacket(decoding: CapturedPackets.snponlyDiscover).options
        #expect(options.hasUserClass("iPXE"))
        #expect(try options.clientArchitectures() == [.x64UEFI])
    }

    @Test("a server's offer is read")
    func offer() throws {
        let packet = try DHCPPacket(decoding: CapturedPackets.dnsmasqOffer)
        #expect(packet.operation == .reply)
        #expect(packet.yourAddress == IPv4Address(10, 77, 0, 70))
        #expect(packet.nextServer == IPv4Address(10, 77, 0, 1))
        #expect(try packet.options.text(.bootFileName) == "boot.ipxe")
        #expect(try packet.options.integer(.leaseTime, as: UInt32.self) == 3600)
    }
}
