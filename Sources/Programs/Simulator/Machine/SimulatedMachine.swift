import Crypto
import DHCPWire
import MusterAPI
import MusterBase
import NIOCore
import SSHWire

/// A whole machine from power on to deployed, as servers see it: firmware, iPXE, the agent in the initramfs and the
/// agent of the booted system. Inputs in, actions out; no I/O and no clock. Times are durations since the fleet began.
package struct SimulatedMachine: Sendable {
    enum Phase: Sendable {
        case off
        case firmware(BootDHCP)
        case loaderByTFTP(LoaderTransfer)
        case loaderByHTTP
        case ipxe(BootDHCP)
        case files
        case network(DHCPClientMachine)
        case agent
        case system
        case over
    }

    /// What is the same for all machines.
    package struct Surroundings: Sendable {
        var plan: FleetPlan
        /// The time of day, for the events that agents report.
        var clock: WallClock

        package init(plan: FleetPlan, clock: WallClock) {
            self.plan = plan
            self.clock = clock
        }
    }

    /// A machine's transfers take turns on so many ports: a server takes one that comes from the same port as the last
    /// for the same.
    package static let transferPorts = 16

    let behaviour: MachineBehaviour
    let around: Surroundings
    private let plannedStart: Duration?
    let name: String
    package let mac: MACAddress
    let uuid: MachineUUID
    /// Its leased address; nil before the first lease since power on.
    package private(set) var address: IPv4Address?
    /// When it wants ``MachineInput/timer``.
    package var deadline: Duration?
    /// When it was first switched on, or was to be.
    private(set) var began = Duration.zero
    /// When a slow machine began to take its time.
    var pauseBegan: Duration?

    var phase = Phase.off
    var random: SeededRandom
    var stepBegan = Duration.zero
    var session = RequestSession()
    /// Where the present file or session is.
    var server = FileLocation(address: .any, port: 0, path: "/")
    var bootFiles: [String] = []
    /// What the loader, and each of the boot files, came to, in octets.
    var loaderSize = 0
    var bootFileSizes: [String: Int] = [:]
    var manifest: [UInt8] = []
    /// Of the root file system, as the manifest names them.
    var chunks: [(path: String, size: Int)] = []
    var key = ""
    var keyDigest: ContentDigest?
    var profile = ""
    /// `name/version` and `name@version` of the image that it boots.
    var image = (path: "", reference: "")
    var deployment = ""
    var eventsSent = 0
    var transfers = 0
    private var hasDied = false

    /// - Parameter plannedStart: when it is to be switched on, which its time counts from; nil for when it is.
    package init(_ behaviour: MachineBehaviour, around: Surroundings, plannedStart: Duration? = nil) {
        self.behaviour = behaviour
        self.plannedStart = plannedStart
        self.around = around
        name = around.plan.name(behaviour.number)
        mac = around.plan.mac(behaviour.number)
        uuid = around.plan.uuid(behaviour.number)
        random = SeededRandom(seed: behaviour.seed)
    }

    /// Takes one input, and adds to `actions` what is to be done.
    package mutating func handle(_ input: MachineInput, at now: Duration, _ actions: inout [MachineAction]) {
        switch input {
        case .powerOn:
            began = plannedStart ?? now
            boot(at: now, &actions)
        case .timer: timer(at: now, &actions)
        case .dhcp(let octets): takeDHCP(octets, at: now, &actions)
        case .tftp(let datagram, let port, let own):
            // What a server still sends to a transfer before this one comes to a port that nobody has any more.
            if own == transferPort { takeTFTP(datagram, from: port, at: now, &actions) }
        case .reached: reached(at: now)
        case .connected: connected(at: now, &actions)
        case .answer(let answer): take(answer, at: now, &actions)
        case .closed(let reason): closed(reason, at: now, &actions)
        case .giveUp: giveUp(&actions)
        }
    }

    var transferPort: Int { transfers % Self.transferPorts }

    // MARK: Power

    mutating func boot(at now: Duration, _ actions: inout [MachineAction]) {
        address = nil
        session = RequestSession()
        eventsSent = 0
        begin(.firmware, at: now)
        var client = BootDHCP(.firmware(behaviour.firmware), mac: mac, uuid: uuid, using: &random)
        let event = client.begin(at: now)
        phase = .firmware(client)
        follow(event, client, at: now, &actions)
    }

    /// Switches off and, after a while, on again: what firmware does when nothing can be booted.
    mutating func reboot(after pause: Duration, at now: Duration, _ actions: inout [MachineAction]) {
        actions.append(.disconnect)
        actions.append(.count(.reboots))
        phase = .off
        deadline = now + pause
    }

    /// True when this is where the machine dies; it is dead then.
    mutating func dies(in step: SimulatedStep, at now: Duration, _ actions: inout [MachineAction]) -> Bool {
        guard !hasDied, let death = behaviour.death, death.step == step else { return false }
        hasDied = true
        guard let pause = death.pause else {
            actions.append(.disconnect)
            end(.vanished, &actions)
            return true
        }
        reboot(after: pause, at: now, &actions)
        return true
    }

    mutating func end(_ outcome: MachineOutcome, _ actions: inout [MachineAction]) {
        phase = .over
        deadline = nil
        actions.append(.end(outcome))
    }

    private mutating func giveUp(_ actions: inout [MachineAction]) {
        actions.append(.disconnect)
        actions.append(.trouble("not deployed in time", example: "\(name): still at \(place)"))
        end(.failed, &actions)
    }

    /// Where it stands, for people.
    private var place: String {
        switch phase {
        case .off: "power off"
        case .firmware: "the firmware's DHCP"
        case .loaderByTFTP, .loaderByHTTP: "its loader"
        case .ipxe: "iPXE's DHCP"
        case .files: "boot.ipxe and its files"
        case .network: "the agent's DHCP"
        case .agent, .system: session.current.map { "\($0.step.rawValue)" } ?? "the connection to its server"
        case .over: "the end"
        }
    }

    // MARK: Steps

    mutating func begin(_ step: SimulatedStep, at now: Duration) { stepBegan = now }

    mutating func done(_ step: SimulatedStep, at now: Duration, _ actions: inout [MachineAction]) {
        actions.append(.done(step, now - stepBegan))
        stepBegan = now
    }

    mutating func lease(_ address: IPv4Address) { self.address = address }

    private mutating func timer(at now: Duration, _ actions: inout [MachineAction]) {
        guard let due = deadline, due <= now else { return }
        deadline = nil
        switch phase {
        case .off: boot(at: now, &actions)
        case .firmware(var client), .ipxe(var client):
            let event = client.timer(at: now)
            if case .send = event { actions.append(.count(.dhcpRepeated)) }
            follow(event, client, at: now, &actions)
        case .loaderByTFTP(var transfer):
            let event = transfer.timer(at: now)
            if case .send = event { actions.append(.count(.tftpRepeated)) }
            follow(event, transfer, at: now, &actions)
        case .network(var client):
            let wanted = client.handle(.timer, at: now, using: &random)
            follow(wanted, client, isRepeated: true, at: now, &actions)
        case .loaderByHTTP, .files, .agent, .system: sessionTimer(at: now, &actions)
        case .over: break
        }
    }
}
