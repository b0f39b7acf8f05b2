import DHCPWire
import MusterBase
import NIOCore

/// Firmware and iPXE: addresses and loader.
extension SimulatedMachine {
    /// What a machine that found nothing to boot does before it begins anew.
    static let firmwarePause = Duration.seconds(5)

    mutating func takeDHCP(_ octets: [UInt8], at now: Duration, _ actions: inout [MachineAction]) {
        switch phase {
        case .firmware(var client), .ipxe(var client):
            follow(client.take(octets, at: now), client, at: now, &actions)
        case .network(var client):
            let wanted = client.handle(.datagram(octets), at: now, using: &random)
            follow(wanted, client, isRepeated: false, at: now, &actions)
        default: break
        }
    }

    mutating func follow(
        _ event: BootDHCP.Event, _ client: BootDHCP, at now: Duration, _ actions: inout [MachineAction]
    ) {
        deadline = client.deadline
        let isFirmware: Bool
        if case .ipxe = phase {
            phase = .ipxe(client)
            isFirmware = false
        } else {
            phase = .firmware(client)
            isFirmware = true
        }
        switch event {
        case .none: break
        case .send(let octets):
            actions.append(.sendDHCP(octets))
            // Who asked twice was heard: what comes of it the list of discoveries shows.
            if behaviour.destiny == .isUnknown, client.attempts == 2 { end(.heard, &actions) }
        case .bound(let lease): bound(lease, isFirmware: isFirmware, at: now, &actions)
        case .gaveUp:
            actions.append(
                .trouble(
                    "no DHCP answer", example: "\(name): nobody answers its \(isFirmware ? "firmware" : "iPXE")"))
            reboot(after: Self.firmwarePause, at: now, &actions)
        }
    }

    private mutating func bound(
        _ lease: BootDHCP.Lease, isFirmware: Bool, at now: Duration, _ actions: inout [MachineAction]
    ) {
        self.lease(lease.address.address)
        done(isFirmware ? .firmware : .ipxe, at: now, &actions)
        guard !lease.file.isEmpty else {
            actions.append(.trouble("nothing to boot", example: "\(name) got an address and no boot file"))
            return reboot(after: Self.firmwarePause, at: now, &actions)
        }
        if let location = FileLocation(url: lease.file) {
            server = location
            if isFirmware {
                phase = .loaderByHTTP
                open([.loaderSize, .loader], isSecure: false, at: now, &actions)
            } else {
                phase = .files
                profile = Self.profile(in: location.path)
                open([.script], isSecure: false, at: now, &actions)
            }
        } else if isFirmware {
            server = FileLocation(address: lease.nextServer, port: LoaderTransfer.serverPort, path: lease.file)
            var transfer = LoaderTransfer(file: lease.file)
            actions.append(.count(.tftpTransfers))
            transfers += 1
            follow(transfer.begin(at: now), transfer, at: now, &actions)
        } else {
            actions.append(.trouble("no boot script", example: "\(name): '\(lease.file)' is no URL"))
            reboot(after: Self.firmwarePause, at: now, &actions)
        }
    }

    /// `/os/PROFILE/boot.ipxe`.
    private static func profile(in path: String) -> String {
        let segments = path.split(separator: "/")
        return segments.count >= 3 && segments[0] == "os" ? String(segments[1]) : ""
    }

    mutating func takeTFTP(
        _ datagram: ByteBuffer, from port: UInt16, at now: Duration, _ actions: inout [MachineAction]
    ) {
        guard case .loaderByTFTP(var transfer) = phase else { return }
        follow(transfer.take(datagram, from: port, at: now), transfer, at: now, &actions)
    }

    mutating func follow(
        _ event: LoaderTransfer.Event, _ transfer: LoaderTransfer, at now: Duration, _ actions: inout [MachineAction]
    ) {
        phase = .loaderByTFTP(transfer)
        deadline = transfer.deadline
        switch event {
        case .none: break
        case .send(let octets, let port):
            actions.append(.sendTFTP(octets, from: transferPort, to: server.address, port: port))
            if transfer.isUnderWay { _ = dies(in: .loader, at: now, &actions) }
        case .sized(let farewell, let port):
            actions.append(.sendTFTP(farewell, from: transferPort, to: server.address, port: port))
            transfers += 1
            var next = transfer
            follow(next.begin(at: now), next, at: now, &actions)
        case .complete(_, let acknowledgment, let port):
            actions.append(.sendTFTP(acknowledgment, from: transferPort, to: server.address, port: port))
            loaded(at: now, &actions)
        case .failed(let reason):
            actions.append(.trouble("TFTP failed", example: "\(name): \(reason)"))
            reboot(after: Self.firmwarePause, at: now, &actions)
        }
    }

    /// The loader is there, and is iPXE: it asks for an address of its own.
    mutating func loaded(at now: Duration, _ actions: inout [MachineAction]) {
        done(.loader, at: now, &actions)
        var client = BootDHCP(.ipxe(behaviour.firmware), mac: mac, uuid: uuid, using: &random)
        let event = client.begin(at: now)
        phase = .ipxe(client)
        follow(event, client, at: now, &actions)
    }

    /// Kernel and initramfs are there: the agent starts.
    mutating func startAgent(at now: Duration, _ actions: inout [MachineAction]) {
        actions.append(.disconnect)
        done(.kernel, at: now, &actions)
        var client = DHCPClientMachine(DHCPClientConfiguration(mac: mac, uuid: uuid))
        let wanted = client.handle(.start, at: now, using: &random)
        follow(wanted, client, isRepeated: false, at: now, &actions)
    }

    mutating func follow(
        _ wanted: [DHCPClientMachine.Action], _ client: DHCPClientMachine, isRepeated: Bool, at now: Duration,
        _ actions: inout [MachineAction]
    ) {
        phase = .network(client)
        for action in wanted {
            switch action {
            case .send(let message):
                actions.append(.sendDHCP(message.octets))
                if isRepeated { actions.append(.count(.dhcpRepeated)) }
                if dies(in: .network, at: now, &actions) { return }
            case .wake(let time): deadline = time
            case .configure(let lease), .renewed(let lease): return reach(lease, at: now, &actions)
            case .deconfigure, .note: break
            }
        }
    }

    private mutating func reach(_ lease: DHCPClientLease, at now: Duration, _ actions: inout [MachineAction]) {
        guard let member = lease.members.nodeAPI.first else {
            actions.append(.trouble("no member named", example: "\(name): the agent's lease names no member"))
            return reboot(after: Self.firmwarePause, at: now, &actions)
        }
        self.lease(lease.address.address)
        done(.network, at: now, &actions)
        server = FileLocation(address: member.address, port: member.port, path: "/")
        makeKey()
        phase = .agent
        open(MachineRequest.agent, isSecure: true, at: now, &actions)
    }
}
