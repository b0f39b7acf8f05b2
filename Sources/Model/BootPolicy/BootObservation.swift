import DHCPWire
import MusterBase

/// Something that the boot services saw a machine do, and what they did about it.
public struct BootObservation: Sendable, Hashable {
    public enum Outcome: Sendable, Hashable {
        /// Nobody told Muster of this machine; it got no answer, or an address of the dynamic range.
        case unknownMachine
        /// It was answered with this message, and led to this target.
        case answered(DHCPMessageType, BootTarget)
        /// A node that Muster knows was not answered, or not with what it asked for.
        case refused(SilenceReason)
        /// The machine found the address that it was given in use by another (DECLINE).
        case declined(IPv4Address)
    }

    public var time: Timestamp
    public var outcome: Outcome
    /// The node's name; nil for an unknown machine.
    public var node: String?
    public var identity: MachineIdentity
    /// The server's interface on which it came in.
    public var interface: String
    /// The relay's address (`giaddr`).
    public var relay: IPv4Address?
    public var client: BootClient
    public var architecture: ClientArchitecture?
    public var vendorClass: String?
    public var hostName: String?
    /// The client's message.
    public var request: DHCPMessageType
    /// The client's transaction number; repeated packets have the same.
    public var transaction: UInt32
    /// The address that was given, or that was asked for in vain.
    public var address: IPv4Address?

    init(
        _ outcome: Outcome, _ request: BootRequest, node: String?, interface: String, address: IPv4Address?,
        time: Timestamp
    ) {
        self.time = time
        self.outcome = outcome
        self.node = node
        self.identity = request.identity
        self.interface = interface
        self.relay = request.packet.relayAddress == .any ? nil : request.packet.relayAddress
        self.client = request.client
        self.architecture = request.architecture
        self.vendorClass = request.vendorClass
        self.hostName = request.hostName
        self.request = request.type
        self.transaction = request.packet.transaction
        self.address = address
    }

    /// One line for people: what was asked, and what came of it.
    public var message: String {
        switch outcome {
        case .unknownMachine: "\(asker) at \(identity.mac) is not in the inventory"
        case .answered(let type, let target): answerMessage(type, target)
        case .refused(let reason): refusalMessage(reason)
        case .declined(let address):
            "\(identity.mac) says that another machine uses \(address): look for a second machine with this address"
        }
    }

    private var asker: String {
        switch client {
        case .firmware, .firmwareHTTP: architecture.map { "Firmware (\($0.name))" } ?? "Firmware"
        case .loader: "iPXE"
        case .agent: "The agent"
        case .system: "A system"
        }
    }

    private func answerMessage(_ type: DHCPMessageType, _ target: BootTarget) -> String {
        if type == .refuse { return "\(asker) asked for \(address.map { "\($0)" } ?? "an address") and was refused" }
        let next =
            switch target {
            case .loader(let path): "the loader \(path) by TFTP"
            case .loaderURL(let url): "the loader \(url)"
            case .script(let url): "the script \(url)"
            case .members: "the members to ask"
            case .disk: "nothing to boot, so that the machine goes on to its disk"
            case .addressOnly: "no more"
            case .unsupported: "nothing to boot, as there is no loader for this firmware"
            }
        return "\(asker) was given \(address.map { "\($0) and " } ?? "")\(next) (\(type.name))"
    }

    private func refusalMessage(_ reason: SilenceReason) -> String {
        let wanted = address.map { "\($0)" } ?? "the node's address"
        return switch reason {
        case .noAddress: "\(asker) asked, but the node has no address: set net.ipv4_address"
        case .wrongNetwork: "\(asker) asked on \(place), but \(wanted) does not belong to that network"
        case .identityConflict:
            "\(asker) asked with MAC address \(identity.mac) and UUID \(identity.uuid.map { "\($0)" } ?? "none"), "
                + "which are not of one node: a second interface, a replaced part, or two machines with the same UUID; "
                + "correct the node's net.hwaddr, net.<name>.hwaddr or id.uuid"
        case .addressHeld: "\(asker) asked at \(identity.mac), but another machine holds \(wanted)"
        case .rangeExhausted: "\(asker) asked, but all addresses of the dynamic range are taken"
        case .noLoader: "\(asker) asked, but there is no loader for this firmware"
        default: "\(asker) asked and was not answered (\(reason.name))"
        }
    }

    private var place: String { relay.map { "\(interface) through relay \($0)" } ?? interface }
}
