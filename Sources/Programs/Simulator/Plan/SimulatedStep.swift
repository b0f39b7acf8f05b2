/// What is timed in the life of a machine, in the order in which it comes.
public enum SimulatedStep: String, Sendable, CaseIterable, Codable {
    /// Firmware: DHCP from the first packet to the acknowledgement.
    case firmware
    /// The loader by TFTP or HTTP, its size asked first as firmware does.
    case loader
    /// DHCP once more, by iPXE.
    case ipxe
    /// `boot.ipxe`.
    case script
    /// Kernel, initramfs, addons and the site's keys.
    case kernel
    /// The agent's DHCP.
    case network
    /// Connection, TLS handshake and the server's time.
    case server
    case enrol
    case configuration
    /// The manifest and its signature.
    case manifest
    case rootImage = "root-image"
    case certificates
    /// One report of events, of 17 in a machine's life.
    case report
    /// The agent of the booted system: connection, handshake and first heartbeat.
    case heartbeat
    /// From power on to deployed.
    case machine

    var index: Int { SimulatedStep.order[self] ?? 0 }

    private static let order = Dictionary(
        uniqueKeysWithValues: SimulatedStep.allCases.enumerated().map { ($1, $0) })
}
