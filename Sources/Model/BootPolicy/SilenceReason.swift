/// Why a packet got no answer. The raw values count from 0 without a gap.
public enum SilenceReason: UInt8, Sendable, Hashable, CaseIterable {
    case malformed
    /// A reply, or not from a client.
    case notARequest
    /// Plain BOOTP, without a DHCP message type.
    case bootp
    /// No Ethernet address, or a group address.
    case hardwareAddress
    case tooManyHops
    /// A message that only servers send.
    case serverMessage
    /// Nobody told Muster of this machine.
    case unknownMachine
    /// The client took another server's offer.
    case otherServer
    /// The node has no address in the inventory.
    case noAddress
    /// The node's address does not belong to the network from which it asks.
    case wrongNetwork
    /// MAC address and UUID belong to different machines.
    case identityConflict
    /// Another machine holds the address.
    case addressHeld
    /// All addresses of the dynamic range are taken.
    case rangeExhausted
    /// Beside a foreign DHCP server, this is not Muster's to answer.
    case foreignServer
    /// Beside a foreign DHCP server, silence is what lets the machine boot from its disk.
    case bootsFromDisk
    /// There is no loader for the firmware.
    case noLoader
    /// RELEASE and DECLINE are taken notice of, and have no answer.
    case noAnswerDue

    /// For counters and messages.
    public var name: String {
        switch self {
        case .malformed: "malformed"
        case .notARequest: "not_a_request"
        case .bootp: "bootp"
        case .hardwareAddress: "hardware_address"
        case .tooManyHops: "too_many_hops"
        case .serverMessage: "server_message"
        case .unknownMachine: "unknown_machine"
        case .otherServer: "other_server"
        case .noAddress: "no_address"
        case .wrongNetwork: "wrong_network"
        case .identityConflict: "identity_conflict"
        case .addressHeld: "address_held"
        case .rangeExhausted: "range_exhausted"
        case .foreignServer: "foreign_server"
        case .bootsFromDisk: "boots_from_disk"
        case .noLoader: "no_loader"
        case .noAnswerDue: "no_answer_due"
        }
    }
}
