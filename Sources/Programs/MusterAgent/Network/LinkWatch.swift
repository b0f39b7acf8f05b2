import DHCPWire
import LinuxSystem
import MusterBase

/// Decides which link to use: the pure part of getting onto the network. Time is given from outside, counted from the
/// first look.
public struct LinkWatch: Sendable {
    /// What the machine should do now.
    public enum Decision: Sendable, Hashable {
        /// Nothing yet.
        case wait
        /// This lease is the one.
        case use(link: Int32, DHCPClientLease)
        /// It will not come to anything: what was seen, and what to check.
        case giveUp(seen: String, check: String)
    }

    /// The longest wait for a lease.
    public static let patience = Duration.seconds(60)
    /// The longest wait for a link to get carrier: some switches take half a minute.
    public static let carrierPatience = Duration.seconds(45)
    /// How long a lease without members waits for one with.
    public static let memberPatience = Duration.seconds(12)

    private let knowsServer: Bool
    private var links: [NetworkLink] = []
    private var leases: [(link: Int32, lease: DHCPClientLease, at: Duration)] = []
    private var carrierSince: Duration?

    /// - Parameter knowsServer: The kernel's arguments name a server, so any lease will do.
    public init(knowsServer: Bool) { self.knowsServer = knowsServer }

    /// Tells what links there are now.
    public mutating func see(_ links: [NetworkLink], at now: Duration) {
        self.links = links.filter(\.isEthernet)
        if carrierSince == nil, self.links.contains(where: \.hasCarrier) { carrierSince = now }
    }

    /// Tells of a lease.
    public mutating func take(_ lease: DHCPClientLease, link: Int32, at now: Duration) {
        leases.removeAll { $0.link == link }
        leases.append((link, lease, now))
    }

    public func decide(at now: Duration) -> Decision {
        if let found = leases.first(where: { !$0.lease.members.nodeAPI.isEmpty }) {
            return .use(link: found.link, found.lease)
        }
        if knowsServer, let found = leases.first { return .use(link: found.link, found.lease) }
        if let first = leases.first, now - first.at >= LinkWatch.memberPatience { return noMembers(first.lease) }
        if links.isEmpty, now >= LinkWatch.carrierPatience { return noLinks }
        guard let since = carrierSince else { return now >= LinkWatch.carrierPatience ? noCarrier : .wait }
        return now - since >= LinkWatch.patience ? noLease : .wait
    }

    private var names: String {
        links.map { "\($0.name) (\($0.address.map { "\($0)" } ?? "no address"))" }.joined(separator: ", ")
    }

    private var noLinks: Decision {
        .giveUp(
            seen: "no Ethernet hardware showed up",
            check: "that the image's initramfs has the driver for this machine's network hardware")
    }

    private var noCarrier: Decision {
        .giveUp(
            seen: "no link has a carrier: \(names)",
            check: "the cable, and that the switch port is on and not waiting for LACP or 802.1X")
    }

    private var noLease: Decision {
        let live = links.filter(\.hasCarrier).map(\.name).joined(separator: ", ")
        return .giveUp(
            seen: "no DHCP server answered on \(live.isEmpty ? names : live)",
            check: "that musterd serves this network, the port's VLAN, and spanning tree (use edge ports)")
    }

    private func noMembers(_ lease: DHCPClientLease) -> Decision {
        .giveUp(
            seen: "the DHCP server \(lease.server) gave \(lease.address), but nobody said where a Muster server is",
            check: "that musterd runs and answers on this network, or name it by the kernel argument muster.server=IP")
    }
}
