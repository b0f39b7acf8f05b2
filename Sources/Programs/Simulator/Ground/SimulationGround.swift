import LinuxSystem
import MusterBase

/// The network of a simulation: this network namespace with all machines in it, a second one for the server, and a
/// cable between the two. For a process that is alone in its network namespace.
public struct SimulationGround: Sendable {
    /// A network that is for examples alone (RFC 5737), so that no machine's can be the same.
    public static let server = IPv4Address(192, 0, 2, 1)
    public static let serverLink = "muster0"
    private static let simulator = IPv4Address(192, 0, 2, 2)
    /// Both ends of the cable.
    public static let servers = [server, simulator]
    private static let simulatorLink = "fleet0"
    private static let prefixLength = 30

    /// Where the server is to run.
    public let serverNamespace: NetworkNamespace

    /// Builds it. What it made is gone with the process.
    ///
    /// - Parameter network: the machines' own; the server finds them by a route over the cable.
    public init(machines network: IPv4Network) throws {
        serverNamespace = try NetworkNamespace()
        let here = try RouteSocket()
        let there = try RouteSocket(in: serverNamespace)
        for sockets in [here, there] { try sockets.setUp(try sockets.link(named: "lo").index) }
        try here.addCable(Self.simulatorLink, to: Self.serverLink, in: serverNamespace)
        try Self.configure(Self.simulatorLink, Self.simulator, by: here)
        let link = try Self.configure(Self.serverLink, Self.server, by: there)
        try here.addLocal(network)
        try there.setRoute(to: network, by: Self.simulator, link: link)
    }

    @discardableResult
    private static func configure(_ name: String, _ address: IPv4Address, by sockets: RouteSocket) throws -> Int32 {
        let link = try sockets.link(named: name).index
        guard let network = IPv4Network(address, prefixLength: prefixLength) else {
            throw MusterError(.internalFailure, "\(address)/\(prefixLength) is no network")
        }
        try sockets.addAddress(network, to: link)
        try sockets.setUp(link)
        return link
    }
}
