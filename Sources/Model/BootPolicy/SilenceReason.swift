/// Why a packet got no answer. The raw value labels the counter of dropped packets.
public enum SilenceReason: String, Sendable, Hashable, CaseIterable {
    case malformed
    /// A reply, or not from a client.
    case notARequest = "not_a_request"
    /// Plain BOOTP, without a DHCP message type.
    case bootp
    /// No Ethernet address, or a group address.
    case hardwareAddress = "hardware_address"
    case tooManyHops = "too_many_hops"
    /// A message that only servers send.
    case serverMessage = "server_message"
    /// Nobody told Muster of this machine.
    case unknownMachine = "unknown_machine"
    /// The client took another server's offer.
    case otherServer = "other_server"
    /// The node has no address in the inventory.
    case noAddress = "no_address"
    /// The node's address does not belong to the network from which it asks.
    case wrongNetwork = "wrong_network"
    /// MAC address and UUID belong to different machines.
    case identityConflict = "identity_conflict"
    /// Another machine holds the address.
    case addressHeld = "address_held"
    /// All addresses of the dynamic range are taken.
    case rangeExhausted = "range_exhausted"
    /// Beside a foreign DHCP server, this is not Muster's to answer.
    case foreignServer = "foreign_server"
    /// Beside a foreign DHCP server, silence is what lets the machine boot from its disk.
    case bootsFromDisk = "boots_from_disk"
    /// There is no loader for the firmware.
    case noLoader = "no_loader"
    /// RELEASE and DECLINE are taken notice of, and have no answer.
    case noAnswerDue = "no_answer_due"
}
