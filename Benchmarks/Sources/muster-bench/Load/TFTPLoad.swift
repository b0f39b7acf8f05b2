import CLoad
import Glibc

/// Many TFTP clients in one thread, over plain sockets: the same for all servers, and cheap beside any of them.
///
/// Each client has an address of its own on loopback, fetches the file, and begins anew until the time is up, and each has
/// had the file whole where that is asked for.
struct TFTPLoad {
    let server: (address: String, port: UInt16)
    let file: String
    /// What the file holds: the first client compares every octet, the others count them.
    let content: Content
    let blockSize: Int
    /// What is asked for; 1: the option is not sent.
    let windowSize: Int
    let clients: Int

    struct Outcome: Codable {
        /// Octets of the file a second.
        var octets: Double
        /// Whole files.
        var files: Int
        /// What the server agreed to.
        var windowSize: Int
        /// Times that a client heard nothing for half a second and asked again.
        var silences: Int
    }

    /// A file in memory.
    final class Content: @unchecked Sendable {
        let octets: UnsafeRawBufferPointer

        init(_ path: String) throws {
            let descriptor = open(path, O_RDONLY)
            var info = stat()
            guard descriptor >= 0, fstat(descriptor, &info) == 0, info.st_size > 0,
                let start = mmap(nil, Int(info.st_size), PROT_READ, MAP_PRIVATE | Int32(MAP_POPULATE), descriptor, 0),
                start != MAP_FAILED
            else { throw BenchError("cannot read \(path)") }
            close(descriptor)
            octets = UnsafeRawBufferPointer(start: start, count: Int(info.st_size))
        }

        deinit { munmap(UnsafeMutableRawPointer(mutating: octets.baseAddress), octets.count) }
    }

    /// The longest that the slowest client may take.
    private static let patience = 180.0

    private final class Client {
        let descriptor: Int32
        let comparesContent: Bool
        var isConnected = false
        /// Blocks that were received in order, and those of them that were acknowledged.
        var block = 0
        var acknowledged = 0
        var window = 1
        var lastHeard = 0.0

        init(_ descriptor: Int32, comparesContent: Bool) {
            self.descriptor = descriptor
            self.comparesContent = comparesContent
        }

        deinit { close(descriptor) }
    }

    /// - Parameter areWhole: whether it goes on until each client has had the file whole.
    func run(seconds: Double, areWhole: Bool) throws -> Outcome {
        let poll = load_wait_set()
        defer { close(poll) }
        var table: [Client] = []
        let start = now()
        for number in 0..<clients { table.append(try begin(number, poll)) }
        var outcome = Outcome(octets: 0, files: 0, windowSize: 1, silences: 0)
        var octets = 0
        var numbers = [UInt32](repeating: 0, count: clients)
        let receiver = Receiver(blockSize: blockSize + 4)
        var lastLook = start
        var waiting = areWhole ? Set(table.indices) : []
        while now() - start < seconds || !waiting.isEmpty {
            guard now() - start < TFTPLoad.patience else {
                throw BenchError("\(waiting.count) clients of \(server.address) did not get the file in time")
            }
            let ready = load_wait(poll, &numbers, Int32(clients), 100)
            for number in numbers.prefix(Int(ready)).map(Int.init) {
                let client = table[number]
                let taken = try take(client, receiver, now())
                octets += taken.octets
                outcome.windowSize = client.window
                if taken.isWhole {
                    outcome.files += 1
                    waiting.remove(number)
                    table[number] = try begin(number, poll)
                }
            }
            guard now() - lastLook > 0.1 else { continue }
            lastLook = now()
            for (number, client) in table.enumerated() where lastLook - client.lastHeard > 0.5 {
                outcome.silences += 1
                client.lastHeard = lastLook
                if client.isConnected { acknowledge(client) } else { table[number] = try begin(number, poll) }
            }
        }
        outcome.octets = Double(octets) / (now() - start)
        for client in table where client.isConnected {
            // The server need not wait for this client any more.
            let farewell: [UInt8] = [0, 5, 0, 0, 0]
            _ = send(client.descriptor, farewell, farewell.count, 0)
        }
        return outcome
    }

    private func begin(_ number: Int, _ poll: Int32) throws -> Client {
        let descriptor = socket(AF_INET, Int32(SOCK_DGRAM.rawValue) | Int32(SOCK_NONBLOCK.rawValue), 0)
        guard descriptor >= 0 else { throw BenchError("no socket for a TFTP client") }
        let client = Client(descriptor, comparesContent: number == 0)
        var room: Int32 = 1 << 20
        setsockopt(descriptor, SOL_SOCKET, SO_RCVBUFFORCE, &room, socklen_t(MemoryLayout<Int32>.size))
        var own = TFTPLoad.name("127.0.1.\(number + 1)", 0)
        var theirs = TFTPLoad.name(server.address, server.port)
        let length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let request = readRequest
        let isSent =
            withUnsafePointer(to: &own) { own in
                own.withMemoryRebound(to: sockaddr.self, capacity: 1) { Glibc.bind(descriptor, $0, length) }
            } == 0
            && withUnsafePointer(to: &theirs) { theirs in
                theirs.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                    sendto(descriptor, request, request.count, 0, $0, length)
                }
            } == request.count
        guard isSent else { throw BenchError("a TFTP client cannot send") }
        guard load_wait_add(poll, descriptor, UInt32(number)) == 0 else { throw BenchError("cannot wait for a client") }
        client.lastHeard = now()
        return client
    }

    private var readRequest: [UInt8] {
        var words = [file, "octet", "blksize", String(blockSize)]
        if windowSize > 1 { words += ["windowsize", String(windowSize)] }
        return [0, 1] + words.flatMap { Array($0.utf8) + [0] }
    }

    private func take(
        _ client: Client, _ receiver: Receiver, _ time: Double
    ) throws -> (octets: Int, isWhole: Bool) {
        var octets = 0
        client.lastHeard = time
        if !client.isConnected {
            // The answer comes from a port of the transfer's own.
            try receiver.one(client.descriptor) { packet, from in
                var from = from
                withUnsafePointer(to: &from) { pointer in
                    pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                        _ = connect(client.descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
                    }
                }
                client.isConnected = true
                try first(packet, client, &octets)
            }
            return (octets, false)
        }
        let count = receiver.many(client.descriptor)
        for index in 0..<count {
            let (header, length) = receiver.packet(index)
            guard header.0 == 0, header.1 == 3 else {
                if header.1 == 5 { throw BenchError("the TFTP server at \(server.address) gave up in the middle") }
                continue
            }
            let block = Int(header.2) << 8 | Int(header.3)
            guard block == (client.block + 1) & 0xFFFF else { continue }
            if client.comparesContent, !isSame(receiver.payload(index), block: client.block) {
                throw BenchError("the TFTP server at \(server.address) sent other octets in block \(client.block + 1)")
            }
            client.block += 1
            octets += length - 4
            if length - 4 < blockSize {
                acknowledge(client)
                guard (client.block - 1) * blockSize + length - 4 == content.octets.count else {
                    throw BenchError("the TFTP server at \(server.address) sent a file of another size")
                }
                return (octets, true)
            }
            if client.block - client.acknowledged >= client.window { acknowledge(client) }
        }
        return (octets, false)
    }

    /// - Parameter block: from 0.
    private func isSame(_ payload: UnsafeRawBufferPointer, block: Int) -> Bool {
        let start = block * blockSize
        guard start + payload.count <= content.octets.count, let received = payload.baseAddress,
            let expected = content.octets.baseAddress
        else { return payload.isEmpty && start == content.octets.count }
        return memcmp(received, expected + start, payload.count) == 0
    }

    private func first(_ packet: UnsafeBufferPointer<UInt8>, _ client: Client, _ octets: inout Int) throws {
        guard packet.count >= 4, packet[0] == 0 else { return }
        switch packet[1] {
        case 6:
            let words = packet.dropFirst(2).split(separator: 0).map { String(decoding: $0, as: UTF8.self).lowercased() }
            let options = Dictionary(
                stride(from: 0, to: words.count - 1, by: 2).map { (words[$0], words[$0 + 1]) }
            ) { $1 }
            guard options["blksize"] == String(blockSize) else {
                throw BenchError("the TFTP server at \(server.address) does not take blksize \(blockSize)")
            }
            client.window = options["windowsize"].flatMap { Int($0) } ?? 1
            acknowledge(client)
        case 5:
            throw BenchError(
                "the TFTP server at \(server.address) refuses: "
                    + String(decoding: packet.dropFirst(4).prefix { $0 != 0 }, as: UTF8.self))
        default: throw BenchError("the TFTP server at \(server.address) does not know options")
        }
    }

    private func acknowledge(_ client: Client) {
        client.acknowledged = client.block
        let packet: [UInt8] = [0, 4, UInt8(client.block >> 8 & 0xFF), UInt8(client.block & 0xFF)]
        _ = send(client.descriptor, packet, 4, 0)
    }

    private static func name(_ address: String, _ port: UInt16) -> sockaddr_in {
        var name = sockaddr_in()
        name.sin_family = sa_family_t(AF_INET)
        name.sin_port = port.bigEndian
        inet_pton(AF_INET, address, &name.sin_addr)
        return name
    }
}

/// Takes many datagrams in one system call.
private final class Receiver {
    private static let batch = 32
    private let space: UnsafeMutablePointer<UInt8>
    private let size: Int
    private var lengths = [UInt32](repeating: 0, count: batch)

    init(blockSize: Int) {
        size = max(blockSize, 1024)
        space = .allocate(capacity: size * Receiver.batch)
    }

    deinit { space.deallocate() }

    /// The first datagram of a socket, with where it came from.
    func one(_ descriptor: Int32, _ body: (UnsafeBufferPointer<UInt8>, sockaddr_in) throws -> Void) throws {
        var from = sockaddr_in()
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let count = withUnsafeMutablePointer(to: &from) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                recvfrom(descriptor, space, size, 0, $0, &length)
            }
        }
        if count > 0 { try body(UnsafeBufferPointer(start: space, count: count), from) }
    }

    /// How many datagrams there were.
    func many(_ descriptor: Int32) -> Int {
        Int(load_receive(descriptor, space, size, UInt32(Receiver.batch), &lengths))
    }

    /// What a block holds.
    func payload(_ index: Int) -> UnsafeRawBufferPointer {
        UnsafeRawBufferPointer(start: space + index * size + 4, count: max(0, Int(lengths[index]) - 4))
    }

    func packet(_ index: Int) -> (header: (UInt8, UInt8, UInt8, UInt8), length: Int) {
        let bytes = space + index * size
        return ((bytes[0], bytes[1], bytes[2], bytes[3]), Int(lengths[index]))
    }
}
