import Foundation

/// The one machine of a lab, on which commands can be run once it was deployed.
struct LabNode {
    let name = "n1"
    private let image: KeptImage
    private let key: String

    /// Brings the lab up, its machine switched on.
    init(_ image: KeptImage, _ bench: Bench) throws {
        self.image = image
        key = "\(bench.work)/node-key"
        try bench.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", key])
        let line = try String(contentsOfFile: "\(key).pub", encoding: .utf8).trimmingCharacters(in: .newlines)
        try image.muster(["lab", "up", "--nodes", "1", "--firmware", "bios"])
        try image.muster(["node", "set", name, "trust.root_keys=\(line)"])
    }

    func end() { _ = try? image.muster(["lab", "down"]) }

    /// Runs a command in the lab's network, not on the machine.
    @discardableResult
    func run(_ command: [String]) throws -> String { try image.muster(["lab", "exec", "--"] + command) }

    func ssh(_ command: String) throws -> String {
        try run([
            "ssh", "-i", key, "-o", "IdentitiesOnly=yes", "-o",
            "UserKnownHostsFile=\(image.directory)/public/site/ssh_known_hosts", "root@10.88.0.11", command,
        ])
    }
}
