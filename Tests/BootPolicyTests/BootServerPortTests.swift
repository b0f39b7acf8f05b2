import BootPolicy
import DHCPWire
import MusterBase
import Testing

@Suite("port 4011")
struct BootServerPortTests {
    private func request(_ asker: Asker, type: DHCPMessageType = .request) -> DHCPPacket {
        message(type, asker) { $0.clientAddress = IPv4Address(10, 0, 0, 200) }
    }

    @Test(
        "a boot server's ACK has the file and no address, and goes back to where the request came from",
        arguments: [
            (Asker.bios, DHCPMessageType.request), (.x64UEFI, .request), (.ipxe, .inform), (.x64HTTP, .request),
        ])
    func answer(_ asker: Asker, _ type: DHCPMessageType) throws {
        for mode in [BootSettings.Mode.own, .proxy] {
            var scene = Scene(settings: BootSettings(mode: mode))
            let (packet, reply) = try #require(try scene.answer(to: request(asker, type: type), port: .proxy))
            #expect(try packet.options.messageType() == .acknowledge)
            #expect(packet.yourAddress == .any)
            #expect(!packet.bootFile.isEmpty)
            #expect(packet.nextServer == server)
            #expect(!packet.options.contains(.leaseTime))
            #expect(reply.destination == .source)
            #expect(scene.leases.count == 0)
        }
    }

    @Test("the boot item that a PXE client names is named in the answer")
    func bootItem() throws {
        var scene = Scene()
        let item = PXEVendorOptions.BootItem(type: 0, layer: 0)
        var packet = request(.bios)
        packet.options.set(.vendorSpecific, PXEVendorOptions(bootItem: item).octets)
        let answer = try #require(try scene.answer(to: packet, port: .proxy)).packet
        #expect(try answer.options.pxeVendorOptions()?.bootItem == item)
    }

    @Test("unknown machines, systems and installed nodes get no answer")
    func silence() {
        var scene = Scene([node(.deployed, .installtodisk)])
        #expect(scene.give(request(.bios), port: .proxy) == .silence(.bootsFromDisk))
        #expect(scene.give(request(.system), port: .proxy) == .silence(.foreignServer))
        var empty = Scene([])
        #expect(empty.give(request(.bios), port: .proxy) == .silence(.unknownMachine))
        #expect(empty.directory.outcomes == [.unknownMachine])
    }

    @Test(
        "in proxy mode requests on port 67 belong to the foreign server",
        arguments: [
            DHCPMessageType.request, .inform, .release, .decline,
        ])
    func foreign(_ type: DHCPMessageType) {
        var scene = Scene(settings: BootSettings(mode: .proxy))
        #expect(scene.give(message(type)) == .silence(.foreignServer))
        #expect(scene.directory.outcomes.isEmpty)
    }
}
