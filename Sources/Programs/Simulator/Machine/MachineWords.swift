import MusterBase
import NIOCore

/// What happens to a simulated machine.
package enum MachineInput: Sendable {
    case powerOn
    /// The time that ``SimulatedMachine/deadline`` names has come.
    case timer
    /// A DHCP answer for its hardware address.
    case dhcp([UInt8])
    /// A TFTP datagram to its address, with the port that it came from and the one of the machine's that it came to.
    case tftp(ByteBuffer, UInt16, to: Int)
    /// The other side took the connection; its TLS is not there yet.
    case reached
    /// The connection that was asked for is open, by TLS if that was asked for.
    case connected
    case answer(HTTPAnswer)
    /// The connection ended or could not be made, and why.
    case closed(String)
    /// It took longer than anybody waits.
    case giveUp
}

/// What a simulated machine wants done.
package enum MachineAction: Sendable {
    case sendDHCP([UInt8])
    /// `from` is one of the machine's ports, below ``SimulatedMachine/transferPorts``.
    case sendTFTP([UInt8], from: Int, to: IPv4Address, port: UInt16)
    case connect(IPv4Address, port: UInt16, isSecure: Bool)
    case send([UInt8], keepsBody: Bool, isHead: Bool)
    case disconnect
    /// A step was done in this time.
    case done(SimulatedStep, Duration)
    case count(FleetCounter)
    /// Something went wrong that no fault was planned for; the machine goes on as a real one does.
    case trouble(String, example: String)
    case end(MachineOutcome)
}

/// What became of a machine.
public enum MachineOutcome: String, Sendable, Hashable, CaseIterable, Codable {
    case deployed
    /// Unknown to the inventory: it asked, and got no answer.
    case heard
    /// Dead as planned.
    case vanished
    case failed
}

/// Things that are counted and are no errors.
public enum FleetCounter: String, Sendable, Hashable, CaseIterable, Codable {
    case dhcpPackets = "dhcp_packets"
    case dhcpRepeated = "dhcp_repeated"
    case tftpTransfers = "tftp_transfers"
    case tftpRepeated = "tftp_repeated"
    case httpRequests = "http_requests"
    case tlsSessions = "tls_sessions"
    /// Machines switched off and on again on their way, planned or not.
    case reboots
    case datagramsLost = "datagrams_lost"
    case datagramsDoubled = "datagrams_doubled"
    /// Machines that were switched on later than `--rate` says: too many were on their way, or the simulator was busy.
    case lateStarts = "late_starts"
    /// Datagrams that the simulator's own kernel did not take.
    case datagramsRefused = "datagrams_refused"

    var index: Int { FleetCounter.order[self] ?? 0 }

    private static let order = Dictionary(
        uniqueKeysWithValues: FleetCounter.allCases.enumerated().map { ($1, $0) })
}
