import Glibc

/// Many DHCP clients behind one relay, with so many requests in flight at any time: what a server does when it is asked
/// as fast as it answers. One thread, a plain socket.
///
/// A client sends a DISCOVER; when the OFFER is there, the next one begins.
struct DHCPLoad {
    struct Outcome: Codable {
        /// Answers a second.
        var offers: Double
        var lost: Int
        /// What is no OFFER.
        var strange: Int
    }

    private let descriptor: Int32
    private let nodes: UInt64
    private var discover: [UInt8]
    private var next: UInt64 = 0

    /// - Parameters:
    ///   - relay: its own address, which answers go to, to port 67.
    ///   - nodes: clients take turns; the first has ``KnownNodes/firstMAC``.
    init(relay: String, server: String, nodes: Int) throws {
        self.nodes = UInt64(nodes)
        guard let own = DHCPLoad.octets(relay), DHCPLoad.octets(server) != nil else {
            throw BenchError("'\(relay)' and '\(server)' are to be IPv4 addresses")
        }
        discover = DHCPLoad.discover(relay: own)
        descriptor = socket(AF_INET, Int32(SOCK_DGRAM.rawValue), 0)
        var limit = timeval(tv_sec: 0, tv_usec: 500_000)
        setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
        guard DHCPLoad.withName(relay, { bind(descriptor, $0, $1) }) == 0,
            DHCPLoad.withName(server, { connect(descriptor, $0, $1) }) == 0
        else { throw BenchError("cannot play a relay at \(relay): \(String(cString: strerror(errno)))") }
    }

    mutating func run(seconds: Double, inFlight: Int) -> Outcome {
        var outcome = Outcome(offers: 0, lost: 0, strange: 0)
        var buffer = [UInt8](repeating: 0, count: 2048)
        var offers = 0
        let start = now()
        for _ in 0..<inFlight { sendDiscover() }
        while now() - start < seconds {
            let count = recv(descriptor, &buffer, buffer.count, 0)
            if count < 0 {
                outcome.lost += inFlight
                for _ in 0..<inFlight { sendDiscover() }
            } else if count > 243, buffer[240] == 53, buffer[242] == 2 {
                offers += 1
                sendDiscover()
            } else {
                outcome.strange += 1
            }
        }
        outcome.offers = Double(offers) / (now() - start)
        // Those in flight now: one that is lost early would else stay unseen.
        var owed = inFlight
        while owed > 0, recv(descriptor, &buffer, buffer.count, 0) > 0 { owed -= 1 }
        outcome.lost += owed
        return outcome
    }

    private mutating func sendDiscover() {
        put(next, 4, at: 4)
        put(0x5254_00AA_0000 + next % nodes, 6, at: 28)
        send(descriptor, discover, discover.count, 0)
        next += 1
    }

    private mutating func put(_ value: UInt64, _ count: Int, at offset: Int) {
        for index in 0..<count {
            discover[offset + index] = UInt8(truncatingIfNeeded: value >> UInt64(8 * (count - 1 - index)))
        }
    }

    /// As the firmware of a PC with BIOS sends it.
    private static func discover(relay: [UInt8]) -> [UInt8] {
        var bytes: [UInt8] = [1, 1, 6, 1] + [UInt8](repeating: 0, count: 236)
        bytes.replaceSubrange(24..<28, with: relay)
        bytes.replaceSubrange(236..<240, with: [99, 130, 83, 99])
        bytes += [53, 1, 1, 57, 2, 5, 192, 93, 2, 0, 0, 94, 3, 1, 2, 1, 60, 32]
        bytes += Array("PXEClient:Arch:00000:UNDI:002001".utf8) + [55, 8, 1, 3, 6, 12, 15, 43, 60, 67, 255]
        return bytes + [UInt8](repeating: 0, count: max(0, 300 - bytes.count))
    }

    private static func octets(_ address: String) -> [UInt8]? {
        let parts = address.split(separator: ".").compactMap { UInt8($0) }
        return parts.count == 4 ? parts : nil
    }

    private static func withName(_ address: String, _ body: (UnsafePointer<sockaddr>, socklen_t) -> Int32) -> Int32 {
        var name = sockaddr_in()
        name.sin_family = sa_family_t(AF_INET)
        name.sin_port = UInt16(67).bigEndian
        name.sin_addr.s_addr = inet_addr(address)
        return withUnsafePointer(to: &name) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                body($0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
    }
}
