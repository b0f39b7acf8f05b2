import BootPolicy
import CLinux
import DHCPWire
import LinuxSystem
import MusterBase

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif

/// Sends answers as whole Ethernet frames, to clients that have no address yet and cannot answer ARP. Frames are
/// gathered and handed to the kernel at once. Used from one event loop.
final class FrameSender {
    private let descriptor: Int32
    private let mac: MACAddress
    private let clientPort: UInt16
    private let serverPort: UInt16
    private var bytes: [UInt8] = []
    private var lengths: [UInt32] = []

    /// Throws `forbidden` without CAP_NET_RAW.
    init(_ interface: NetworkInterface, mac: MACAddress, serverPort: UInt16, clientPort: UInt16) throws(MusterError) {
        descriptor = muster_open_frame_sender(interface.index)
        guard descriptor >= 0 else {
            throw systemError("Cannot open a packet socket on \(interface.name)")
        }
        self.mac = mac
        self.serverPort = serverPort
        self.clientPort = clientPort
    }

    deinit { close(descriptor) }

    /// Adds a frame to those that ``flush()`` sends.
    func add(_ payload: [UInt8], from server: IPv4Address, to hardware: MACAddress, _ address: IPv4Address) {
        let frame = UDPFrame(
            from: (mac, server, serverPort), to: (hardware, address, clientPort), payload: payload
        ).octets
        bytes.append(contentsOf: frame)
        lengths.append(UInt32(frame.count))
    }

    /// Sends what was gathered. Returns how many frames the kernel did not take: DHCP clients ask again.
    func flush() -> Int {
        guard !lengths.isEmpty else { return 0 }
        let sent = muster_send_frames(descriptor, bytes, lengths, lengths.count)
        defer {
            bytes.removeAll(keepingCapacity: true)
            lengths.removeAll(keepingCapacity: true)
        }
        return lengths.count - max(0, sent)
    }
}
