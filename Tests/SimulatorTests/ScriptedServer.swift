import BootPolicy
import DHCPWire
import MusterBase
import NIOCore
import Simulator
import TFTPWire

/// The server's side of a machine's life, without sockets: DHCP by Muster's own rules, files and API by script. Time
/// passes when the machine waits.
struct ScriptedServer {
    private static let address = IPv4Address(192, 0, 2, 1)
    private static let relay = IPv4Address(10, 128, 0, 1)
    static let loaderSize = 5 * 1468 + 10
    /// Each of one octet.
    private static let imageFiles = ["kernel", "initramfs"]
    /// The path of its chunk number 0 or 1, of one octet each.
    static func chunkPath(_ number: Int) -> String {
        let digest = String(repeating: "\(number)a", count: 32)
        return "/images/chunks/\(number)a/\(digest)"
    }

    var machine: SimulatedMachine
    private(set) var now = Duration.zero
    private(set) var outcome: MachineOutcome?
    /// Requests in order: `GET /path`.
    private(set) var requests: [String] = []
    /// Bearer keys in the order in which they were first used.
    private(set) var keys: [String] = []
    private(set) var steps: [SimulatedStep: Duration] = [:]
    private(set) var troubles: [String] = []
    private(set) var counts: [FleetCounter: Int] = [:]
    private(set) var transferPorts: [Int] = []
    /// TFTP packets from the machine.
    private(set) var transferPackets = 0
    /// Statuses to answer to a request instead of the right one, first to last.
    var refusals: [String: [Int]] = [:]
    /// Connections, counted from 1, that nobody takes.
    var silentConnects: Set<Int> = []
    /// How long TCP takes, and TLS as long again.
    var connectTime = Duration.zero
    private var connects = 0
    /// Answers to be given once instead of the right one.
    var oddities: [String: HTTPAnswer] = [:]
    /// How many of the datagrams to the machine arrive, in turn; one when it is used up.
    var arrivals: [Int] = []
    /// Whether DHCP answers at all.
    var isKnown = true

    private var responder: BootResponder
    /// The transfer, the server's port, the machine's, and when the server sends again.
    private var transfer: (machine: TFTPTransfer, port: UInt16, client: Int, deadline: Duration)?
    private var nextPort: UInt16 = 40_000
    private var inputs: [MachineInput] = []
    private var late: [(time: Duration, input: MachineInput)] = []

    /// - Parameter plannedStart: nil for when it is switched on.
    init(_ behaviour: MachineBehaviour, _ plan: FleetPlan, plannedStart: Duration? = nil, at now: Duration = .zero)
        throws
    {
        machine = SimulatedMachine(behaviour, around: .init(plan: plan, clock: .system), plannedStart: plannedStart)
        self.now = now
        guard let network = IPv4Network("192.0.2.1/30"),
            let interface = BootInterface(name: "muster0", addresses: [network])
        else { throw MusterError(.internalFailure, "no interface") }
        responder = BootResponder(
            policy: BootPolicy(settings: BootSettings(mode: .own), interface: interface),
            directory: OneNode(plan: plan, number: behaviour.number), leases: LeaseTable())
    }

    /// Plays until the machine is over or `limit` of its time has passed.
    mutating func play(limit: Duration = .seconds(600)) {
        give(.powerOn)
        while outcome == nil, now < limit {
            if inputs.isEmpty {
                guard let deadline = machine.deadline else { return }
                if let first = late.first, first.time < deadline {
                    late.removeFirst()
                    now = max(now, first.time)
                    give(first.input)
                } else if let due = transfer?.deadline, due < deadline {
                    now = max(now, due)
                    handleTransfer(.timeout)
                } else {
                    now = max(now, deadline)
                    give(.timer)
                }
            } else {
                now += .milliseconds(1)
                give(inputs.removeFirst())
            }
        }
    }

    private mutating func give(_ input: MachineInput) {
        var actions: [MachineAction] = []
        machine.handle(input, at: now, &actions)
        for action in actions { take(action) }
    }

    private mutating func take(_ action: MachineAction) {
        switch action {
        case .sendDHCP(let octets): answerDHCP(octets)
        case .sendTFTP(let octets, let own, _, let port):
            if transferPorts.last != own { transferPorts.append(own) }
            transferPackets += 1
            answerTFTP(octets, from: own, port)
        case .connect(_, _, let isSecure):
            connects += 1
            if silentConnects.contains(connects) { return }
            if isSecure { arriveLate(.reached) }
            arriveLate(.connected)
        case .send(let octets, let keepsBody, let isHead): answerHTTP(octets, keepsBody, isHead)
        case .disconnect:
            inputs.removeAll()
            late.removeAll()
        case .done(let step, let time): steps[step] = time
        case .count(let counter): counts[counter, default: 0] += 1
        case .trouble(let kind, _): troubles.append(kind)
        case .end(let outcome): self.outcome = outcome
        }
    }

    private mutating func arriveLate(_ input: MachineInput) {
        guard connectTime > .zero else { return inputs.append(input) }
        late.append((now + connectTime * (late.count + 1), input))
    }

    private mutating func arrive(_ input: MachineInput) {
        let copies = arrivals.isEmpty ? 1 : arrivals.removeFirst()
        for _ in 0..<copies { inputs.append(input) }
    }

    private mutating func answerDHCP(_ octets: [UInt8]) {
        guard isKnown else { return }
        let relayed = RelayAgent.forward(octets, by: Self.relay)
        let time = Timestamp(seconds: 1000) + now
        guard case .reply(let reply, _) = responder.respond(to: relayed[...], port: .server, at: time) else { return }
        guard case .relay(Self.relay) = reply.destination else { return }
        guard RelayAgent.client(of: ByteBuffer(bytes: reply.octets)) == machine.mac else { return }
        arrive(.dhcp(reply.octets))
    }

    // MARK: TFTP

    private mutating func answerTFTP(_ octets: [UInt8], from client: Int, _ port: UInt16) {
        switch try? TFTPPacket(decoding: octets[...]) {
        case .readRequest(let request):
            let size = Int64(Self.loaderSize)
            nextPort += 1
            var begun = TFTPTransfer(
                TFTPParameters(request.options, size: size, limits: TFTPLimits()), size: size)
            let actions = begun.start()
            transfer = (begun, nextPort, client, now + .seconds(1))
            send(actions)
        case .acknowledgment(let block) where transfer?.port == port: handleTransfer(.acknowledgment(block: block))
        case .error(let code, let message) where transfer?.port == port:
            handleTransfer(.error(code: code, message: message))
        default: break
        }
    }

    private mutating func handleTransfer(_ input: TFTPTransfer.Input) {
        guard let actions = transfer?.machine.handle(input) else { return }
        send(actions)
    }

    private mutating func send(_ actions: [TFTPTransfer.Action]) {
        guard let (machine, port, client, _) = transfer else { return }
        for action in actions {
            switch action {
            case .sendOptions(let options):
                arrive(
                    .tftp(
                        ByteBuffer(bytes: TFTPPacket.optionAcknowledgment(options).encoded()), port, to: client))
            case .sendBlocks(let first, let count):
                for block in first..<first + Int64(count) {
                    let payload = [UInt8](repeating: 1, count: machine.range(of: block).count)
                    let packet = TFTPPacket.data(block: UInt16(truncatingIfNeeded: block), payload: payload[...])
                    arrive(.tftp(ByteBuffer(bytes: packet.encoded()), port, to: client))
                }
            case .arm(let milliseconds): transfer?.deadline = now + .milliseconds(Int64(milliseconds))
            case .finish, .fail: transfer = nil
            }
        }
    }

    // MARK: HTTP

    private mutating func answerHTTP(_ octets: [UInt8], _ keepsBody: Bool, _ isHead: Bool) {
        let text = String(decoding: octets, as: UTF8.self)
        let request = text.split(separator: " ").prefix(2).joined(separator: " ")
        requests.append(request)
        if let bearer = text.split(separator: "\r\n").first(where: { $0.hasPrefix("authorization: Bearer ") }) {
            let key = String(bearer.dropFirst("authorization: Bearer ".count))
            if !keys.contains(key) { keys.append(key) }
        }
        if let status = refusals[request]?.first {
            refusals[request]?.removeFirst()
            inputs.append(.answer(HTTPAnswer(status: status, length: 2, body: Array("{}".utf8))))
            return
        }
        if let oddity = oddities.removeValue(forKey: request) {
            inputs.append(.answer(oddity))
            return
        }
        if text.lowercased().contains("\r\nrange: bytes=0-0\r\n") {
            inputs.append(.answer(HTTPAnswer(status: 206, length: 1, body: [])))
            return
        }
        let body: String
        switch request {
        case "GET /os/simulated/boot.ipxe":
            body = """
                #!ipxe
                # image: simulated@1
                kernel ../../images/simulated/1/kernel initrd=initramfs quiet || goto failed
                initrd --name initramfs ../../images/simulated/1/initramfs || goto failed
                initrd --name site.cpio ../../site/site.cpio || goto failed
                """
        case "POST /node/v1/enrol": body = #"{"deployment":"00112233aabbccdd","node":"sim1"}"#
        case "GET /images/simulated/1.manifest":
            let files = Self.imageFiles.map { #"{"digest":"sha256:00","name":"\#($0)","size":1}"# }
            let chunks = (0..<2).map { #"{"digest":"sha256:\#(String(repeating: "\($0)a", count: 32))","size":1}"# }
            body = """
                {"files":[\(files.joined(separator: ","))],"root":{"chunks":[\(chunks.joined(separator: ","))],"size":2}}
                """
        case "POST /node/v1/host-certificates":
            body = #"{"certificates":["ssh-ed25519-cert-v01@openssh.com AAAAIHNzaC0="]}"#
        case "GET \(Self.chunkPath(0))", "GET \(Self.chunkPath(1))": body = String(repeating: "x", count: 29)
        default: body = "x"
        }
        inputs.append(
            .answer(HTTPAnswer(status: 200, length: body.utf8.count, body: keepsBody ? Array(body.utf8) : [])))
    }
}

/// An inventory with one machine in it, armed.
private struct OneNode: BootDirectory {
    let plan: FleetPlan
    let number: Int

    func facts(for identity: MachineIdentity) -> NodeBootFacts? {
        guard identity.mac == plan.mac(number), identity.uuid == plan.uuid(number) else { return nil }
        return NodeBootFacts(
            name: plan.name(number), macAddresses: [identity.mac], uuid: identity.uuid,
            network: IPv4Network(plan.address(number), prefixLength: plan.network.prefixLength), gateway: nil,
            dnsServers: [], domain: nil, hostname: plan.name(number), timeServers: [], mtu: nil,
            deployment: NodeDeployment(profile: "simulated", state: .armed, method: .untethered))
    }

    func record(_ observation: BootObservation) {}
}
