import CLinux
@preconcurrency import Dispatch
import MusterBase

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif

/// Whole Ethernet frames with IPv4 in them on one link, without an address of one's own.
public final class PacketSocket: Sendable {
    private let descriptor: Int32
    private let link: Int32

    /// - Parameter link: The link's index.
    public init(link: Int32) throws {
        self.link = link
        descriptor = muster_packet_open(link)
        guard descriptor >= 0 else { throw systemError("cannot open a packet socket on link \(link)") }
    }

    deinit { close(descriptor) }

    /// Sends one frame, from the destination's hardware address on.
    public func send(_ frame: [UInt8]) throws {
        guard Glibc.send(descriptor, frame, frame.count, 0) == frame.count else {
            throw systemError("cannot send on link \(link)")
        }
    }

    /// Hands over each frame that comes in until the stream is dropped. At most 64 wait; the newest are kept.
    public func frames() -> AsyncStream<[UInt8]> {
        let (stream, continuation) = AsyncStream.makeStream(of: [UInt8].self, bufferingPolicy: .bufferingNewest(64))
        let source = DispatchSource.makeReadSource(fileDescriptor: descriptor, queue: .global())
        source.setEventHandler { [self] in
            var buffer = [UInt8](repeating: 0, count: 4096)
            while true {
                let count = recv(descriptor, &buffer, buffer.count, Int32(MSG_DONTWAIT))
                guard count > 0 else { return }
                continuation.yield(Array(buffer[..<count]))
            }
        }
        continuation.onTermination = { _ in source.cancel() }
        source.resume()
        return stream
    }
}

/// Single UDP datagrams by the kernel's own IP.
public enum Datagram {
    /// Sends one datagram from an address that this machine has.
    public static func send(
        _ payload: [UInt8], from source: (address: IPv4Address, port: UInt16),
        to target: (address: IPv4Address, port: UInt16)
    ) throws {
        let descriptor = muster_udp_connect(
            source.address.rawValue.bigEndian, source.port, target.address.rawValue.bigEndian, target.port)
        guard descriptor >= 0 else { throw systemError("cannot open a UDP socket from \(source.address)") }
        defer { close(descriptor) }
        guard Glibc.send(descriptor, payload, payload.count, 0) == payload.count else {
            throw systemError("cannot send to \(target.address):\(target.port)")
        }
    }
}
