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

    /// - Parameter hasUsualPorts: whether it serves where machines look without being told.
    init(_ name: String, networks interfaces: [String], hasUsualPorts: Bool = false, _ bench: Bench) throws {
        directory = "\(bench.work)/\(name)"
        self.bench = bench
        try bench.run([bench.muster, "init", "--site", "bench", "--state-dir", directory])
        let networks = interfaces.map { "  - interface: \($0)\n    mode: own\n" }.joined()
        let ports =
            hasUsualPorts
            ? ""
            : """
            http_port: \(MusterSite.http)
            https_port: \(MusterSite.https)
            tftp_port: \(MusterSite.tftp)
            dhcp_port: \(MusterSite.dhcp)

            """
        // Errors and warnings alone are logged: the peers do not log requests either.
        try bench.write(
            """
            networks:
            \(networks)\(ports)log_level: warning

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

    /// What was armed is still being written behind the scenes.
    func waitUntilQuiet() throws {
        guard let service else { throw BenchError("\(directory) is not served") }
        let limit = now() + 60
        while now() < limit {
            let before = try service.clock.seconds()
            usleep(500_000)
            if try service.clock.seconds() - before < 0.01 { return }
        }
        throw BenchError("musterd of \(directory) is not quiet after a minute")
    }

    /// A profile whose image is there by name only: nothing boots it.
    func makeProfile() throws {
        let images = "\(publicDirectory)/images/bench/1"
        let digest = "sha256:" + String(repeating: "0", count: 64)
        let files = ["kernel", "initramfs"]
        try FileManager.default.createDirectory(
            atPath: images, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o755])
        for name in files { try bench.randomFile("\(images)/\(name)", octets: 4096) }
        let chunk = try makeChunk()
        try bench.write(
            """
            {"architecture":"x86_64","created":"2026-01-01T00:00:00Z","distribution":"debian","distribution_version":"12",\
            "files":[\(files.map { #"{"digest":"\#(digest)","name":"\#($0)","size":4096}"# }.joined(separator: ","))],\
            "kernel_release":"6.1.0","minimal_memory":1,"name":"bench","packages":[],"recipe_digest":"\(digest)",\
            "root":{"chunks":[{"digest":"sha256:\(chunk)","size":4096}],"digest":"\(digest)","size":4096},"schema":2,\
            "version":1}
            """, to: "\(images).manifest")
        try bench.write(String(repeating: "0", count: 128) + "\n", to: "\(images).manifest.sig")
        // By hand: nobody signed the version, and no machine runs it.
        let profile = "\(publicDirectory)/os/bench"
        try FileManager.default.createDirectory(
            atPath: profile, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o755])
        try bench.write("family: debian\nimage: {name: bench, version: 1}\n", to: "\(profile)/profile.yaml")
        try muster(["profile", "update-boot", "bench"])
    }

    /// A chunk of 4096 octets that nobody decrypts, and a key of the image; returns the chunk's digest.
    private func makeChunk() throws -> String {
        let keys = "\(directory)/private/images"
        try FileManager.default.createDirectory(
            atPath: keys, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
        try bench.write(String(repeating: "0", count: 64) + "\n", to: "\(keys)/bench.key")
        let path = "\(bench.work)/chunk"
        try bench.randomFile(path, octets: 4096 + 28)
        let digest = String(try bench.run(["sha256sum", path], seconds: 10).prefix(64))
        let target = "\(publicDirectory)/images/chunks/\(digest.prefix(2))"
        try FileManager.default.createDirectory(
            atPath: target, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o755])
        try FileManager.default.moveItem(atPath: path, toPath: "\(target)/\(digest)")
        return digest
    }

    /// Machines of the simulator load these whether or not they are installed here.
    func standInForBootFiles() throws {
        for name in ["boot/undionly.kpxe", "boot/snponly-x86_64.efi", "boot/ipxe-x86_64.efi", "site/addons.cpio"]
        where access("\(publicDirectory)/\(name)", F_OK) != 0 {
            try bench.randomFile("\(publicDirectory)/\(name)", octets: 65_536)
        }
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
        String(
            format: "52:54:00:%02x:%02x:%02x", (number - 1) / 65536 + 170, (number - 1) / 256 % 256, (number - 1) % 256)
    }

    static func address(_ number: Int) -> String {
        "10.\(number / 65536 + 1).\(number / 256 % 256).\(number % 256)"
    }
}
