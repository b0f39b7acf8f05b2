import Glibc

/// Load for a DHCP server: plays a relay on loopback with many clients behind it. One thread, a window of requests in
/// flight; the time of each is measured from its DISCOVER to its OFFER or ACK.
struct DHCPLoad {
    private let descriptor: Int32
    private let wholeExchange: Bool
    private let nodes: UInt64
    private var discover: [UInt8]
    private var request: [UInt8]
    private var next: UInt64 = 0
    private var sentAt = [Double](repeating: 0, count: 1 << 20)
    private var latencies: [Double] = []
    private var (lost, strange) = (0, 0)
    private var elapsed = 0.0

    /// The MAC addresses are 52:54:00:aa:00:01 and those that follow.
    static let firstMAC: UInt64 = 0x5254_00AA_0001
    /// Where option 54 and option 50 of the request have their addresses.
    private static let (serverOffset, addressOffset) = (245, 251)

    /// The relay port is where the server sends answers to; 0 lets the kernel choose.
    init?(serverPort: UInt16, relayPort: UInt16, wholeExchange: Bool, nodes: UInt64) {
        descriptor = socket(AF_INET, Int32(SOCK_DGRAM.rawValue), 0)
        self.wholeExchange = wholeExchange
        self.nodes = nodes
        discover = DHCPLoad.message(type: 1, options: [])
        request = DHCPLoad.message(type: 3, options: [54, 4, 0, 0, 0, 0, 50, 4, 0, 0, 0, 0])
        var limit = timeval(tv_sec: 0, tv_usec: 200_000)
        setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
        guard DHCPLoad.withName(relayPort, { bind(descriptor, $0, $1) }) == 0,
            DHCPLoad.withName(serverPort, { connect(descriptor, $0, $1) }) == 0
        else { return nil }
    }

    mutating func run(seconds: Double, window: Int) {
        var buffer = [UInt8](repeating: 0, count: 2048)
        let start = DHCPLoad.now()
        for _ in 0..<window { sendDiscover() }
        while elapsed < seconds {
            let count = recv(descriptor, &buffer, buffer.count, 0)
            elapsed = DHCPLoad.now() - start
            if count < 0 {
                lost += window
                for _ in 0..<window { sendDiscover() }
            } else if count > 250, buffer[240] == 53 {
                take(buffer)
            } else {
                strange += 1
            }
        }
    }

    func report() {
        let times = latencies.sorted()
        guard let longest = times.last else { return print("no answer") }
        print("\(Int(Double(times.count) / elapsed)) a second; lost \(lost), strange \(strange)")
        let (half, most) = (times[times.count / 2], times[times.count * 99 / 100])
        print("latency in µs: p50 \(Int(half * 1e6)), p99 \(Int(most * 1e6)), max \(Int(longest * 1e6))")
    }

    private mutating func take(_ answer: [UInt8]) {
        switch answer[242] {
        case 2 where wholeExchange:
            for offset in Array(4..<8) + Array(28..<34) { request[offset] = answer[offset] }
            for index in 0..<4 {
                request[DHCPLoad.serverOffset + index] = answer[245 + index]
                request[DHCPLoad.addressOffset + index] = answer[16 + index]
            }
            send(descriptor, request, request.count, 0)
        case 2, 5:
            let transaction = answer[4..<8].reduce(0) { $0 << 8 | Int($1) }
            latencies.append(DHCPLoad.now() - sentAt[transaction & 0xFFFFF])
            sendDiscover()
        default: strange += 1
        }
    }

    private mutating func sendDiscover() {
        DHCPLoad.put(next, 4, at: 4, in: &discover)
        DHCPLoad.put(DHCPLoad.firstMAC + next % nodes, 6, at: 28, in: &discover)
        sentAt[Int(next & 0xFFFFF)] = DHCPLoad.now()
        send(descriptor, discover, discover.count, 0)
        next += 1
    }

    private static func message(type: UInt8, options: [UInt8]) -> [UInt8] {
        var bytes: [UInt8] = [1, 1, 6, 1] + [UInt8](repeating: 0, count: 236)
        bytes.replaceSubrange(24..<28, with: [127, 0, 0, 1])
        bytes.replaceSubrange(236..<240, with: [99, 130, 83, 99])
        bytes += [53, 1, type] + options + [57, 2, 5, 192, 93, 2, 0, 0, 94, 3, 1, 2, 1, 60, 32]
        bytes += Array("PXEClient:Arch:00000:UNDI:002001".utf8) + [55, 8, 1, 3, 6, 12, 15, 43, 60, 67, 255]
        return bytes + [UInt8](repeating: 0, count: max(0, 300 - bytes.count))
    }

    private static func put(_ value: UInt64, _ count: Int, at offset: Int, in bytes: inout [UInt8]) {
        for index in 0..<count {
            bytes[offset + index] = UInt8(truncatingIfNeeded: value >> UInt64(8 * (count - 1 - index)))
        }
    }

    private static func now() -> Double {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
    }

    private static func withName(_ port: UInt16, _ body: (UnsafePointer<sockaddr>, socklen_t) -> Int32) -> Int32 {
        var name = sockaddr_in()
        name.sin_family = sa_family_t(AF_INET)
        name.sin_port = port.bigEndian
        name.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        return withUnsafePointer(to: &name) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                body($0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
    }
}
