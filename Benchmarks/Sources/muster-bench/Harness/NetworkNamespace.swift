import Foundation

/// A network namespace of this run: nothing outside of it can be reached from it. Removed with this object.
final class NetworkNamespace: Sendable {
    let name: String
    private let bench: Bench

    init(_ label: String, _ bench: Bench) throws {
        name = "\(bench.prefix)-\(label)"
        self.bench = bench
        try bench.run(["ip", "netns", "add", name])
        try bench.run(["ip", "-n", name, "link", "set", "lo", "up"])
    }

    deinit { _ = try? bench.run(["ip", "netns", "delete", name]) }

    /// The command line that runs a program in it, on one processor.
    func command(_ arguments: [String], processor: Int) -> [String] {
        ["ip", "netns", "exec", name, "taskset", "--cpu-list", String(processor)] + arguments
    }

    /// A cable between two namespaces.
    ///
    /// - Parameters:
    ///   - ends: a name, a MAC address and an address with prefix for each.
    static func connect(
        _ left: (NetworkNamespace, interface: String, mac: String, address: String),
        _ right: (NetworkNamespace, interface: String, mac: String, address: String)
    ) throws {
        let bench = left.0.bench
        try bench.run([
            "ip", "link", "add", left.interface, "netns", left.0.name, "address", left.mac, "type", "veth", "peer",
            "name", right.interface, "netns", right.0.name, "address", right.mac,
        ])
        for (space, interface, _, address) in [left, right] {
            try bench.run(["ip", "-n", space.name, "address", "add", address, "dev", interface])
            try bench.run(["ip", "-n", space.name, "link", "set", interface, "up"])
        }
    }
}
