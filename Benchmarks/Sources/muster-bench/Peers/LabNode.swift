import Foundation

/// The one machine of a lab, on which commands can be run once it was deployed.
struct LabNode {
    let name = "n1"
    private let image: KeptImage
    private let key: String

    /// Brings the lab up, its machine switched on.
    ///
    /// - Parameter disks: their sizes, as `muster lab up` takes them.
    init(_ image: KeptImage, disks: [String] = [], _ bench: Bench) throws {
        self.image = image
        key = "\(bench.work)/node-key"
        // Of another lab of the same run.
        for suffix in ["", ".pub"] { unlink(key + suffix) }
        try bench.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", key])
        let line = try String(contentsOfFile: "\(key).pub", encoding: .utf8).trimmingCharacters(in: .newlines)
        try image.muster(["lab", "up", "--nodes", "1", "--firmware", "bios"] + disks.flatMap { ["--disk", $0] })
        try image.muster(["node", "set", name, "trust.root_keys=\(line)"])
    }

    /// Has the machine boot what it was armed for: it has waited for that since the lab came up, or is reset. Returns when
    /// it is deployed.
    func boot() throws {
        struct Status: Decodable {
            struct Node: Decodable { let deployment: Deployment? }
            struct Deployment: Decodable { let state: String }
            let nodes: [Node]
        }
        // At once, as if its power had been cut. A machine that waits for its first boot has no system to be asked.
        _ = try? ssh("nohup sh -c 'sleep 1; echo b > /proc/sysrq-trigger' > /dev/null 2>&1 &", patience: 5)
        let limit = now() + 300
        while now() < limit {
            let text = try image.muster(["status", name, "--output", "json"])
            let decoder = JSONDecoder()
            let state = try decoder.decode(Status.self, from: Data(text.utf8)).nodes.first?.deployment?.state
            if state == "deployed" { return }
            if state == "failed" { throw BenchError("the deployment of \(name) failed") }
            sleep(1)
        }
        throw BenchError("\(name) was not deployed within 5 minutes")
    }

    /// Waits for a file that the server writes when it hears of it from the machine.
    func waitUntilKept(_ path: String) throws {
        for _ in 0..<60 where access(path, F_OK) != 0 { sleep(1) }
        guard access(path, F_OK) == 0 else { throw BenchError("the server has no \(path)") }
    }

    func end() { _ = try? image.muster(["lab", "down"]) }

    /// Runs a command in the lab's network, not on the machine.
    @discardableResult
    func run(_ command: [String]) throws -> String { try image.muster(["lab", "exec", "--"] + command) }

    /// - Parameter patience: seconds in which the machine has to answer.
    func ssh(_ command: String, patience: Int = 60) throws -> String {
        try run([
            "ssh", "-i", key, "-o", "ConnectTimeout=\(patience)", "-o", "IdentitiesOnly=yes", "-o",
            "UserKnownHostsFile=\(image.directory)/public/site/ssh_known_hosts", "root@10.88.0.11", command,
        ])
    }
}
