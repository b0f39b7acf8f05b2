import DHCPWire
import LinuxSystem
import MusterAgent
import MusterBase
import Testing

private func link(_ index: Int32, carrier: Bool, type: UInt16 = 1, isVirtual: Bool = false) -> NetworkLink {
    NetworkLink(
        index: index, name: "eth\(index)", type: type, isUp: true, hasCarrier: carrier,
        address: MACAddress(rawValue: UInt64(index)), permanentAddress: nil, mtu: 1500, isVirtual: isVirtual)
}

private func lease(members: [MusterVendorOptions.Endpoint], edit: (inout DHCPPacket) -> Void = { _ in }) throws
    -> DHCPClientLease
{
    var packet = DHCPPacket(.reply, transaction: 1)
    packet.yourAddress = IPv4Address(10, 0, 0, 9)
    packet.options.set(.serverIdentifier, [10, 0, 0, 1])
    packet.options.set(.subnetMask, [255, 255, 255, 0])
    packet.options.set(.router, [10, 0, 0, 254])
    edit(&packet)
    return try DHCPClientLease(packet, members: MusterVendorOptions(nodeAPI: members))
}

private let member = MusterVendorOptions.Endpoint(address: IPv4Address(10, 0, 0, 1), port: 443)

@Suite("Getting onto the network")
struct NetworkTests {
    @Test("the first lease that leads to a member is used, whatever came before")
    func prefersMembers() throws {
        var watch = LinkWatch(knowsServer: false)
        watch.see([link(2, carrier: true), link(3, carrier: true)], at: .seconds(1))
        watch.take(try lease(members: []), link: 2, at: .seconds(2))
        #expect(watch.decide(at: .seconds(3)) == .wait)
        let good = try lease(members: [member])
        watch.take(good, link: 3, at: .seconds(4))
        #expect(watch.decide(at: .seconds(4)) == .use(link: 3, good))
    }

    @Test("a lease without members is enough when the kernel's arguments name a server")
    func knowsServer() throws {
        var watch = LinkWatch(knowsServer: true)
        let plain = try lease(members: [])
        watch.see([link(2, carrier: true)], at: .zero)
        watch.take(plain, link: 2, at: .seconds(1))
        #expect(watch.decide(at: .seconds(1)) == .use(link: 2, plain))
    }

    @Test("each way to fail is told apart")
    func tellsApart() throws {
        func reason(_ watch: LinkWatch, at time: Duration) -> String {
            if case .giveUp(let seen, _) = watch.decide(at: time) { seen } else { "none" }
        }
        var none = LinkWatch(knowsServer: false)
        none.see([link(1, carrier: true, type: 772), link(5, carrier: true, isVirtual: true)], at: .zero)
        #expect(reason(none, at: .seconds(44)) == "none")
        #expect(reason(none, at: .seconds(45)) == "no Ethernet hardware showed up")

        var dark = LinkWatch(knowsServer: false)
        dark.see([link(2, carrier: false)], at: .zero)
        #expect(reason(dark, at: .seconds(45)) == "no link has a carrier: eth2 (00:00:00:00:00:02)")

        var silent = LinkWatch(knowsServer: false)
        silent.see([link(2, carrier: false), link(3, carrier: true)], at: .seconds(30))
        #expect(reason(silent, at: .seconds(89)) == "none")
        #expect(reason(silent, at: .seconds(90)) == "no DHCP server answered on eth3")

        var alone = LinkWatch(knowsServer: false)
        alone.see([link(3, carrier: true)], at: .zero)
        alone.take(try lease(members: []), link: 3, at: .seconds(1))
        #expect(reason(alone, at: .seconds(12)) == "none")
        #expect(
            reason(alone, at: .seconds(13))
                == "the DHCP server 10.0.0.1 gave 10.0.0.9/24, but nobody said where a Muster server is")
    }

    @Test("a lease becomes an address, its routes and a packet size")
    func appliesLease() throws {
        let plain = LinkAddress(try lease(members: []) { $0.options.setInteger(.interfaceMTU, UInt16(9000)) })
        #expect(plain.network.description == "10.0.0.9/24")
        #expect(plain.gateway == IPv4Address(10, 0, 0, 254))
        #expect(plain.mtu == 9000)
        #expect(plain.routes.count == 1)
    }

    @Test("classless routes replace the router, and a tiny packet size is not believed")
    func classless() throws {
        let address = LinkAddress(
            try lease(members: []) { packet in
                packet.options.set(.classlessStaticRoutes, [8, 10, 10, 0, 0, 1, 24, 192, 168, 7, 0, 0, 0, 0])
                packet.options.setInteger(.interfaceMTU, UInt16(68))
            })
        #expect(address.gateway == nil)
        #expect(
            address.routes.map { "\($0.network.first)/\($0.network.prefixLength)" } == ["10.0.0.0/8", "192.168.7.0/24"])
        #expect(address.routes.map(\.gateway) == [IPv4Address(10, 0, 0, 1), nil])
        #expect(address.mtu == nil)
    }

    @Test("a gateway outside of the network is made reachable first")
    func farGateway() throws {
        let network = try #require(IPv4Network("10.0.0.9/32"))
        let address = LinkAddress(network: network, gateway: IPv4Address(172, 16, 0, 1))
        #expect(address.routes.map { "\($0.network)" } == ["172.16.0.1/32", "0.0.0.0/0"])
    }
}
