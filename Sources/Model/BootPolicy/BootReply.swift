import DHCPWire
import MusterBase

/// A packet to send, and where to.
public struct BootReply: Sendable, Hashable {
    public enum Destination: Sendable, Hashable {
        /// To a client without an address that can take frames for the address it is being given: a frame to its
        /// Ethernet address and to that IP address, client port.
        case hardware(MACAddress, IPv4Address)
        /// To everyone on the link, client port.
        case broadcast
        /// To a client that has an address, client port.
        case client(IPv4Address)
        /// To a relay, server port.
        case relay(IPv4Address)
        /// Back to where the request came from, address and port.
        case source
    }

    /// The UDP payload.
    public var octets: [UInt8]
    public var destination: Destination
    /// The server's address that the answer names: source of the datagram.
    public var server: IPv4Address
    /// The machine that is answered.
    public var client: MACAddress
    /// What the answer leads the machine to.
    public var target: BootTarget

    public init(
        octets: [UInt8], destination: Destination, server: IPv4Address, client: MACAddress, target: BootTarget
    ) {
        self.octets = octets
        self.destination = destination
        self.server = server
        self.client = client
        self.target = target
    }
}

extension BootPolicy {
    /// Builds the answer that was decided on.
    public func reply(
        _ type: DHCPMessageType, _ decision: BootDecision, to request: BootRequest, facts: NodeBootFacts?
    ) -> BootReply {
        let asked = request.packet
        let server = replyServer(decision, request, facts)
        var packet = DHCPPacket(.reply, transaction: asked.transaction)
        packet.hardwareType = asked.hardwareType
        packet.hardwareLength = asked.hardwareLength
        packet.hardwareAddress = asked.hardwareAddress
        packet.flags = asked.flags
        packet.relayAddress = asked.relayAddress
        packet.options.setMessageType(type)
        packet.options.setAddress(.serverIdentifier, server)
        if type == .refuse {
            // The relay must not send it to the address that is being refused (RFC 2131, section 4.3.2).
            if asked.relayAddress != .any { packet.flags |= DHCPPacket.broadcastFlag }
            packet.options.setText(.message, "this address is not yours here")
        } else {
            if type == .acknowledge { packet.clientAddress = asked.clientAddress }
            if let network = decision.address { write(network, to: &packet) }
            if decision.address != nil, asked.options.isIPXE { packet.options.setIPXEWithoutProxyDHCP() }
            write(decision.target, server, request, to: &packet)
            if decision.address != nil || request.type == .inform, settings.mode == .own {
                write(facts, decision.address, asked.options, to: &packet)
            }
        }
        packet.options[.clientIdentifier] = asked.options[.clientIdentifier]
        packet.options[.relayAgentInformation] = asked.options[.relayAgentInformation]
        return BootReply(
            octets: packet.encoded(maximumSize: asked.options.maximumPayload),
            destination: destination(of: packet, type, request), server: server, client: request.identity.mac,
            target: decision.target)
    }

    private func replyServer(
        _ decision: BootDecision, _ request: BootRequest, _ facts: NodeBootFacts?
    ) -> IPv4Address {
        if let named = request.serverIdentifier, interface.owns(named) { return named }
        let current = request.packet.clientAddress
        let near =
            decision.address?.address ?? request.relayLink ?? (current == .any ? facts?.network?.address : current)
        return interface.serverAddress(near: near)
    }

    private func write(_ network: IPv4Network, to packet: inout DHCPPacket) {
        packet.yourAddress = network.address
        packet.options.setInteger(.leaseTime, settings.leaseSeconds)
        packet.options.setAddress(.subnetMask, network.mask)
    }

    /// What to boot. In proxy answers option 60 is what makes a PXE client take notice.
    private func write(
        _ target: BootTarget, _ server: IPv4Address, _ request: BootRequest, to packet: inout DHCPPacket
    ) {
        let isProxyAnswer = packet.yourAddress == .any && request.client != .system
        if isProxyAnswer, request.client == .firmware || request.client == .loader {
            packet.options.setText(.vendorClass, DHCPVendorClass.pxeClientText)
            var pxe = PXEVendorOptions(discoveryControl: PXEVendorOptions.useThisBootFile)
            pxe.bootItem = (try? request.packet.options.pxeVendorOptions())?.bootItem
            packet.options.set(.vendorSpecific, pxe.octets)
        }
        if case .members(let members) = target { packet.options.setMusterVendorOptions(members) }
        guard let file = target.bootFile else { return }
        if request.client == .firmwareHTTP { packet.options.setText(.vendorClass, DHCPVendorClass.httpClientText) }
        packet.nextServer = server
        if file.utf8.count < 128 { packet.bootFile = Array(file.utf8) }
        if file.utf8.count >= 128 || request.client == .firmwareHTTP || request.packet.options.asksFor(.bootFileName) {
            packet.options.setText(.bootFileName, file)
        }
        if request.client == .firmware {
            packet.serverName = Array(server.description.utf8)
            if request.packet.options.asksFor(.bootServerName) {
                packet.options.setText(.bootServerName, server.description)
            }
        }
        packet.options[.clientMachineIdentifier] = request.packet.options[.clientMachineIdentifier]
    }

    /// The configuration of a system; what a client may do without comes last.
    private func write(
        _ facts: NodeBootFacts?, _ network: IPv4Network?, _ asked: DHCPOptions, to packet: inout DHCPPacket
    ) {
        let router = facts?.gateway ?? settings.router
        // A router outside the client's network is of no use to it, and confuses some firmwares.
        if let router, network?.contains(router) ?? true { packet.options.setAddress(.router, router) }
        let dns = facts.flatMap { $0.dnsServers.isEmpty ? nil : $0.dnsServers } ?? settings.dnsServers
        packet.options.setAddresses(.domainNameServer, dns)
        if let facts, asked.asksFor(.hostName) { packet.options.setText(.hostName, facts.hostname ?? facts.name) }
        if asked.asksFor(.domainName) { packet.options.setText(.domainName, facts?.domain ?? settings.domain ?? "") }
        if network != nil {
            packet.options.setInteger(.renewalTime, settings.leaseSeconds / 2)
            packet.options.setInteger(.rebindingTime, settings.leaseSeconds / 8 * 7)
        }
        if let mtu = facts?.mtu, asked.asksFor(.interfaceMTU) { packet.options.setInteger(.interfaceMTU, mtu) }
        if let network, asked.asksFor(.broadcastAddress) {
            packet.options.setAddress(.broadcastAddress, network.broadcast)
        }
        if let servers = facts?.timeServers, asked.asksFor(.timeServer) {
            packet.options.setAddresses(.timeServer, servers)
        }
    }

    /// RFC 2131, section 4.1.
    private func destination(
        of packet: DHCPPacket, _ type: DHCPMessageType, _ request: BootRequest
    ) -> BootReply.Destination {
        if request.packet.relayAddress != .any { return .relay(request.packet.relayAddress) }
        if request.port == .proxy { return .source }
        if type == .refuse { return .broadcast }
        if request.packet.clientAddress != .any { return .client(request.packet.clientAddress) }
        if packet.wantsBroadcast || packet.yourAddress == .any { return .broadcast }
        return .hardware(request.identity.mac, packet.yourAddress)
    }
}
