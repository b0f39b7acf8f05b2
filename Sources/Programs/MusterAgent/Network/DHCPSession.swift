import DHCPWire
import LinuxSystem
import MusterBase

/// The DHCP client of one link: does what ``DHCPClientMachine`` says, until it is cancelled. It sets what it was given
/// on the link, and renews it.
struct DHCPSession: Sendable {
    let link: NetworkLink
    let configuration: DHCPClientConfiguration
    /// Called with each lease, when it is in use.
    let onLease: @Sendable (DHCPClientLease) -> Void
    /// Called with a line for people.
    let onNote: @Sendable (String) -> Void

    /// Runs until cancelled; then what was set on the link is taken away.
    func run() async throws {
        let socket = try PacketSocket(link: link.index)
        let (inputs, input) = AsyncStream.makeStream(
            of: DHCPClientMachine.Input.self, bufferingPolicy: .bufferingNewest(64))
        let reader = Task {
            for await frame in socket.frames() {
                if let datagram = try? UDPFrame(decoding: frame[...]), datagram.destinationPort == 68 {
                    input.yield(.datagram(datagram.payload))
                }
            }
        }
        defer { reader.cancel() }
        var state = Running(session: self, socket: socket, input: input)
        defer {
            state.timer?.cancel()
            state.stopUsing()
        }
        input.yield(.start)
        for await next in inputs { try state.take(next) }
    }

    /// What changes while the client runs.
    private struct Running {
        let session: DHCPSession
        let socket: PacketSocket
        let input: AsyncStream<DHCPClientMachine.Input>.Continuation
        var machine: DHCPClientMachine
        var random = SystemRandomNumberGenerator()
        var timer: Task<Void, Never>?
        var current: LinkAddress?

        init(session: DHCPSession, socket: PacketSocket, input: AsyncStream<DHCPClientMachine.Input>.Continuation) {
            self.session = session
            self.socket = socket
            self.input = input
            machine = DHCPClientMachine(session.configuration)
        }

        mutating func take(_ next: DHCPClientMachine.Input) throws {
            for action in machine.handle(next, at: SystemClock.sinceBoot, using: &random) { try perform(action) }
        }

        private mutating func perform(_ action: DHCPClientMachine.Action) throws {
            switch action {
            case .send(let message): try send(message)
            case .wake(let time): wake(at: time)
            case .configure(let lease): try use(lease)
            case .renewed(let lease): session.onLease(lease)
            case .deconfigure: stopUsing()
            case .note(let text): session.onNote("\(session.link.name): \(text)")
            }
        }

        private func send(_ message: DHCPClientMessage) throws {
            switch message.destination {
            case .broadcast:
                let frame = UDPFrame(
                    from: (session.configuration.mac, .any, 68),
                    to: (MACAddress(rawValue: 0xFFFF_FFFF_FFFF), .broadcast, 67), payload: message.octets)
                try socket.send(frame.octets)
            case .server(let server):
                guard let address = current?.network.address else { return }
                // A renewal that does not get out is asked again, and later by broadcast.
                try? Datagram.send(message.octets, from: (address, 68), to: (server, 67))
            }
        }

        private mutating func wake(at time: Duration) {
            timer?.cancel()
            let input = input
            timer = Task {
                guard (try? await Task.sleep(for: max(.zero, time - SystemClock.sinceBoot))) != nil else { return }
                input.yield(.timer)
            }
        }

        private mutating func use(_ lease: DHCPClientLease) throws {
            let address = LinkAddress(lease)
            current = address
            for trouble in try address.apply(to: session.link, by: RouteSocket()) {
                session.onNote("\(session.link.name): \(trouble)")
            }
            session.onLease(lease)
        }

        mutating func stopUsing() {
            if let sockets = try? RouteSocket() { current?.remove(from: session.link, by: sockets) }
            current = nil
        }
    }
}
