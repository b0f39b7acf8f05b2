import CLinux
import Glibc
import MusterBase
import Simulator
import Testing

@Suite struct GroundTests {
    @Test("destinations of routes are read, but for the one to everywhere")
    func routes() {
        let table = """
            Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\t\tMTU\tWindow\tIRTT
            eth0\t00000000\t0100000A\t0003\t0\t0\t0\t00000000\t0\t0\t0
            eth0\t0000400A\t00000000\t0001\t0\t0\t0\t0000FCFF\t0\t0\t0
            """
        #expect(RouteTable.destinations(in: table) == [IPv4Address(10, 64, 0, 0)])
        #expect(RouteTable.destinations(in: "") == [])
    }

    @Test("a datagram that the kernel refuses takes none of those behind it away")
    func refusedDatagram() throws {
        let descriptor = muster_open_fleet_udp(0x7F00_0001, 0)
        try #require(descriptor >= 0)
        defer { close(descriptor) }
        var name = sockaddr_in()
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let isNamed = withUnsafeMutablePointer(to: &name) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { getsockname(descriptor, $0, &length) == 0 }
        }
        try #require(isNamed)
        func datagram(to target: UInt32, _ octets: UInt16) -> muster_datagram {
            muster_datagram(source: 0, target: target, port: UInt16(bigEndian: name.sin_port), length: octets)
        }
        // Broadcasts are not allowed on this socket.
        let datagrams = [
            datagram(to: 0x7F00_0001, 1), datagram(to: 0xFFFF_FFFF, 2), datagram(to: 0x7F00_0001, 3),
        ]
        #expect(muster_send_datagrams(descriptor, datagrams, 3, [1, 2, 2, 3, 3, 3]) == 2)
        var received: [[UInt8]] = []
        var room = [UInt8](repeating: 0, count: 16)
        while case let count = recv(descriptor, &room, room.count, Int32(MSG_DONTWAIT)), count > 0 {
            received.append(Array(room.prefix(count)))
        }
        #expect(received == [[1], [3, 3, 3]])
    }
}
