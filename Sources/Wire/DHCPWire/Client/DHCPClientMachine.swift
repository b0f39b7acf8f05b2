import MusterBase

/// The state machine of a DHCP client (RFC 2131, section 4.4): inputs in, actions out, no I/O and no clock.
///
/// Times are durations since any fixed moment that the caller chooses. An offer of a foreign server is merged with the
/// offer without an address that Muster sends beside it.
public struct DHCPClientMachine: Sendable {
    public enum State: String, Sendable {
        case stopped, selecting, requesting, bound, renewing, rebinding
    }

    public enum Input: Sendable {
        /// Begin, or begin anew: the link came up.
        case start
        /// The UDP payload of a datagram to the client port.
        case datagram([UInt8])
        /// The time that was asked for by ``Action/wake(_:)`` has come.
        case timer
        /// Another machine uses the address (RFC 5227).
        case addressInUse
        /// Stop, and give the address back.
        case release
    }

    public enum Action: Sendable, Hashable {
        case send(DHCPClientMessage)
        /// Give ``Input/timer`` at this time; replaces the request before.
        case wake(Duration)
        /// Use this lease from now on.
        case configure(DHCPClientLease)
        /// The lease goes on; only its times and options may have changed.
        case renewed(DHCPClientLease)
        /// Stop using the address.
        case deconfigure
        /// One line for the trace.
        case note(String)
    }

    public let configuration: DHCPClientConfiguration
    public private(set) var state = State.stopped
    public private(set) var lease: DHCPClientLease?

    private var transaction: UInt32 = 0
    private var began = Duration.zero
    private var attempts = 0
    private var nextSend: Duration?
    private var gatherEnds: Duration?
    private var boundAt = Duration.zero
    private var offer: DHCPPacket?
    private var members: MusterVendorOptions?

    public init(_ configuration: DHCPClientConfiguration) { self.configuration = configuration }

    /// Takes one input.
    ///
    /// - Parameters:
    ///   - now: not before that of the call before.
    ///   - random: for transaction numbers and the spread of retransmissions.
    public mutating func handle(
        _ input: Input, at now: Duration, using random: inout some RandomNumberGenerator
    ) -> [Action] {
        switch input {
        case .start: return stopUsing() + discover(at: now, &random)
        case .datagram(let octets): return take(octets, at: now, &random)
        case .timer: return timer(at: now, &random)
        case .addressInUse: return decline(at: now, &random)
        case .release: return release()
        }
    }
}

// MARK: - Sending

extension DHCPClientMachine {
    private mutating func discover(
        at now: Duration, after pause: Duration = .zero, _ random: inout some RandomNumberGenerator
    ) -> [Action] {
        state = .selecting
        transaction = random.next()
        began = now + pause
        attempts = 0
        offer = nil
        members = nil
        gatherEnds = nil
        nextSend = now + pause
        return pause == .zero ? timer(at: now, &random) : [.wake(now + pause)]
    }

    private mutating func timer(at now: Duration, _ random: inout some RandomNumberGenerator) -> [Action] {
        switch state {
        case .stopped: return []
        case .selecting: return selectingTimer(at: now, &random)
        case .requesting: return requestingTimer(at: now, &random)
        case .bound, .renewing, .rebinding: return leaseTimer(at: now, &random)
        }
    }

    private mutating func selectingTimer(
        at now: Duration, _ random: inout some RandomNumberGenerator
    ) -> [Action] {
        if let gatherEnds, gatherEnds <= now, offer != nil { return request(at: now, &random) }
        guard let due = nextSend, due <= now else { return [wake()] }
        let packet = configuration.packet(.discover, transaction: transaction, seconds: secondsSinceStart(now))
        return [send(packet, .discover, at: now, &random), wake()]
    }

    private mutating func request(at now: Duration, _ random: inout some RandomNumberGenerator) -> [Action] {
        state = .requesting
        attempts = 0
        gatherEnds = nil
        nextSend = now
        return requestingTimer(at: now, &random)
    }

    private mutating func requestingTimer(
        at now: Duration, _ random: inout some RandomNumberGenerator
    ) -> [Action] {
        guard let due = nextSend, due <= now else { return [wake()] }
        guard attempts < 4, let offer, let server = try? offer.options.address(.serverIdentifier) else {
            return [.note("The server that offered an address does not confirm it: asking anew")]
                + discover(at: now, &random)
        }
        var packet = configuration.packet(.request, transaction: transaction, seconds: secondsSinceStart(now))
        packet.options.setAddress(.requestedAddress, offer.yourAddress)
        packet.options.setAddress(.serverIdentifier, server)
        return [send(packet, .request, at: now, &random), wake()]
    }

    /// Renewing, rebinding and the end of the lease.
    private mutating func leaseTimer(at now: Duration, _ random: inout some RandomNumberGenerator) -> [Action] {
        guard let lease, let lifetime = lease.lifetime, let renewal = lease.renewal, let rebinding = lease.rebinding
        else { return [] }
        if now >= boundAt + lifetime {
            return stopUsing() + [.note("The lease of \(lease.address) is over: no server renewed it")]
                + discover(at: now, &random)
        }
        let stage: State = now >= boundAt + rebinding ? .rebinding : now >= boundAt + renewal ? .renewing : .bound
        if stage != state {
            if state == .bound { (transaction, began) = (random.next(), now) }
            state = stage
            nextSend = now
        }
        guard state != .bound, let due = nextSend, due <= now else { return [wake()] }
        // Half of the time that remains, but at least a minute (RFC 2131, section 4.4.5).
        let end = boundAt + (state == .renewing ? rebinding : lifetime)
        nextSend = min(end, now + max((end - now) / 2, .seconds(60)))
        var packet = configuration.packet(.request, transaction: transaction, seconds: secondsSinceStart(now))
        packet.clientAddress = lease.address.address
        packet.flags = 0
        let destination: DHCPClientMessage.Destination =
            state == .renewing ? .server(lease.server) : .broadcast
        return [
            .send(DHCPClientMessage(type: .request, octets: packet.encoded(), destination: destination)), wake(),
        ]
    }

    /// 4, 8, 16, 32, 64 seconds, each spread by up to a second either way (RFC 2131, section 4.1).
    private mutating func send(
        _ packet: DHCPPacket, _ type: DHCPMessageType, at now: Duration, _ random: inout some RandomNumberGenerator
    ) -> Action {
        let wait = Duration.seconds(Int64(4) << min(Int64(attempts), 4))
        let spread = Duration.milliseconds(Int64.random(in: -1000...1000, using: &random))
        attempts += 1
        nextSend = now + wait + spread
        return .send(DHCPClientMessage(type: type, octets: packet.encoded(), destination: .broadcast))
    }

    private func secondsSinceStart(_ now: Duration) -> UInt16 {
        UInt16(clamping: max(0, (now - began).components.seconds))
    }

    /// The next moment at which something is due.
    private func wake() -> Action {
        guard state == .bound || state == .renewing || state == .rebinding, let lease, let renewal = lease.renewal,
            let rebinding = lease.rebinding, let lifetime = lease.lifetime
        else { return .wake(min(nextSend ?? .seconds(Int64.max / 4), gatherEnds ?? .seconds(Int64.max / 4))) }
        switch state {
        case .bound: return .wake(boundAt + renewal)
        case .renewing: return .wake(min(nextSend ?? boundAt + rebinding, boundAt + rebinding))
        default: return .wake(min(nextSend ?? boundAt + lifetime, boundAt + lifetime))
        }
    }
}

// MARK: - Receiving

extension DHCPClientMachine {
    /// Whatever is not an answer to this client's own question is dropped without a word.
    private mutating func take(
        _ octets: [UInt8], at now: Duration, _ random: inout some RandomNumberGenerator
    ) -> [Action] {
        guard let packet = try? DHCPPacket(decoding: octets), packet.operation == .reply,
            packet.transaction == transaction, packet.macAddress == configuration.mac,
            let type = try? packet.options.messageType()
        else { return [] }
        switch (state, type) {
        case (.selecting, .offer): return takeOffer(packet, at: now, &random)
        case (.requesting, .acknowledge), (.renewing, .acknowledge), (.rebinding, .acknowledge):
            return takeAcknowledgement(packet, at: now)
        case (.requesting, .refuse), (.renewing, .refuse), (.rebinding, .refuse):
            guard isFromChosenServer(packet) else { return [] }
            return stopUsing() + [.note("The server refuses the address: asking anew")]
                + discover(at: now, after: .seconds(1), &random)
        default: return []
        }
    }

    private mutating func takeOffer(
        _ packet: DHCPPacket, at now: Duration, _ random: inout some RandomNumberGenerator
    ) -> [Action] {
        let told = try? packet.options.musterVendorOptions()
        if let told, !told.nodeAPI.isEmpty { members = members ?? told }
        if packet.yourAddress != .any, (try? packet.options.address(.serverIdentifier)) != nil {
            // An offer that names the members is Muster's own: it wins over a foreign one.
            if offer == nil || told?.nodeAPI.isEmpty == false { offer = packet }
            gatherEnds = gatherEnds ?? now + configuration.gatherWindow
        }
        if offer != nil, members != nil { return request(at: now, &random) }
        return [wake()]
    }

    private mutating func takeAcknowledgement(_ packet: DHCPPacket, at now: Duration) -> [Action] {
        guard state == .rebinding || isFromChosenServer(packet) else { return [] }
        let told = try? packet.options.musterVendorOptions()
        let known = told ?? members ?? lease?.members ?? MusterVendorOptions()
        guard let granted = try? DHCPClientLease(packet, members: known) else { return [] }
        let former = lease?.address
        lease = granted
        state = .bound
        boundAt = now
        nextSend = nil
        var actions: [Action] = former == granted.address ? [.renewed(granted)] : [.configure(granted)]
        if let former, former != granted.address { actions.insert(.deconfigure, at: 0) }
        if granted.lifetime != nil { actions.append(wake()) }
        return actions
    }

    private func isFromChosenServer(_ packet: DHCPPacket) -> Bool {
        guard let server = try? packet.options.address(.serverIdentifier) else { return false }
        let chosen = state == .requesting ? (try? offer?.options.address(.serverIdentifier)) : lease?.server
        return state == .rebinding || server == chosen
    }
}

// MARK: - Ending

extension DHCPClientMachine {
    private mutating func decline(at now: Duration, _ random: inout some RandomNumberGenerator) -> [Action] {
        guard let lease else { return [] }
        var packet = configuration.packet(.decline, transaction: random.next(), seconds: 0)
        packet.options.setAddress(.requestedAddress, lease.address.address)
        packet.options.setAddress(.serverIdentifier, lease.server)
        let message = DHCPClientMessage(type: .decline, octets: packet.encoded(), destination: .broadcast)
        // Ten seconds at least, so that a conflict that stays does not flood the link (RFC 2131, section 3.1).
        return stopUsing()
            + [.send(message), .note("Another machine uses \(lease.address): asking for another address")]
            + discover(at: now, after: .seconds(10), &random)
    }

    private mutating func release() -> [Action] {
        defer { state = .stopped }
        guard let lease else { return [] }
        var packet = configuration.packet(.release, transaction: transaction, seconds: 0)
        packet.clientAddress = lease.address.address
        packet.options.setAddress(.serverIdentifier, lease.server)
        let message = DHCPClientMessage(type: .release, octets: packet.encoded(), destination: .server(lease.server))
        return [.send(message)] + stopUsing()
    }

    private mutating func stopUsing() -> [Action] {
        guard lease != nil else { return [] }
        lease = nil
        return [.deconfigure]
    }
}
