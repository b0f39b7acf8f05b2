import Foundation

/// A site of Muster in a directory of this run, served by a musterd of its own.
final class MusterSite {
    let directory: String
    private(set) var service: ChildProcess?
    private let bench: Bench

    /// Ports above 1024, so that peers can have the usual ones beside it.
    static let (http, https, tftp, dhcp): (UInt16, UInt16, UInt16, UInt16) = (8080, 8443, 6969, 67)

    var publicDirectory: String { "\(directory)/public" }
    /// The certificate that musterd shows, with its key, in one file.
    var certificate: String { "\(directory)/private/site/member.pem" }

    /// - Parameter settings: lines for muster.yaml beside the ports.
    init(_ name: String, networks interfaces: [String], _ bench: Bench) throws {
        directory = "\(bench.work)/\(name)"
        self.bench = bench
        try bench.run([bench.muster, "init", "--site", "bench", "--state-dir", directory])
        let networks = interfaces.map { "  - interface: \($0)\n    mode: own\n" }.joined()
        // Errors and warnings alone are logged: the peers do not log requests either.
        try bench.write(
            """
            networks:
            \(networks)http_port: \(MusterSite.http)
            https_port: \(MusterSite.https)
            tftp_port: \(MusterSite.tftp)
            dhcp_port: \(MusterSite.dhcp)
            log_level: warning

            """, to: "\(directory)/muster.yaml")
    }

    deinit { service?.stop() }

    /// Starts musterd in a network namespace, and returns when it takes commands.
    @discardableResult
    func start(in space: NetworkNamespace) throws -> ChildProcess {
        let process = try ChildProcess(
            space.command([bench.musterd, "--state-dir", directory], processor: Bench.serverProcessor),
            log: "\(directory)/log")
        service = process
        let socket = "\(directory)/muster.sock"
        try process.wait(until: "answering") {
            access(socket, F_OK) == 0 && (try? muster(["version"])) != nil
        }
        return process
    }

    func stop() {
        service?.stop()
        service = nil
    }

    @discardableResult
    func muster(_ arguments: [String], seconds: Double = 120) throws -> String {
        try bench.run([bench.muster] + arguments + ["--state-dir", directory], seconds: seconds)
    }

    /// Defines the nodes n1 to nN with the addresses of ``KnownNodes``.
    func define(_ count: Int) throws {
        try muster([
            "node", "define", "n[1-\(count)]", "net.hwaddr=\(KnownNodes.macExpression)",
            "net.ipv4_address=\(KnownNodes.addressExpression)",
        ])
    }
}

/// The nodes that all DHCP servers are told of: number n, from 1 on.
enum KnownNodes {
    /// Of node 1. It ends with zeros, as perfdhcp adds a client's number to each octet without a carry to the next.
    static let firstMAC = "52:54:00:aa:00:00"
    static let macExpression = "52:54:00:{(n1-1)/65536+170:02x}:{(n1-1)/256%256:02x}:{(n1-1)%256:02x}"
    static let addressExpression = "10.{n1/65536+1}.{n1/256%256}.{n1%256}/8"

    static func mac(_ number: Int) -> String {
        String(format: "52:54:00:%02x:%02x:%02x", (number - 1) / 65536 + 170, (number - 1) / 256 % 256, (number - 1) % 256)
    }

    static func address(_ number: Int) -> String {
        "10.\(number / 65536 + 1).\(number / 256 % 256).\(number % 256)"
    }
}
