import BootPolicy
import DHCPWire
import MusterBase
import NIOCore
import Synchronization

/// What both sockets of an interface share: the responder and the counters.
final class InterfaceEngine: Sendable {
    let metrics: DHCPMetrics
    let ports: DHCPServiceSettings.Ports
    private let clock: WallClock
    private let responder: Mutex<BootResponder>
    /// Nil when iPXE's wait is not to be ended.
    private let routerWait: RouterWait?

    init(responder: BootResponder, metrics: DHCPMetrics, ports: DHCPServiceSettings.Ports, clock: WallClock) {
        routerWait = responder.policy.settings.endsRouterWait ? RouterWait() : nil
        self.responder = Mutex(responder)
        self.metrics = metrics
        self.ports = ports
        self.clock = clock
    }

    /// The answer to a datagram and its type; nil when none is due, which is counted.
    func answer(to datagram: ByteBuffer, port: BootRequest.Port) -> (BootReply, DHCPMessageType)? {
        metrics.requests.increment()
        let octets = Array(datagram.readableBytesView)
        let time = clock.now()
        switch responder.withLock({ $0.respond(to: octets[...], port: port, at: time) }) {
        case .silence(let reason):
            metrics.countSilence(reason)
            return nil
        case .reply(let reply, let type):
            metrics.countReply(type)
            if case .script = reply.target { routerWait?.begin(reply.client, at: time) }
            return (reply, type)
        }
    }

    var endsRouterWait: Bool { routerWait != nil }

    /// True once for a machine that was led to its iPXE script just now.
    func routerWaitEnds(_ mac: MACAddress) -> Bool { routerWait?.end(mac, at: clock.now()) ?? false }
}
