import LinuxSystem
import MusterBase

/// Bridges and taps, by `ip(8)`.
struct LabPlumbing {
    func build(_ networks: [LabNetwork]) throws {
        try ip(["link", "set", "dev", "lo", "up"])
        for network in networks {
            try ip(["link", "add", "name", network.bridge, "type", "bridge"])
            if let address = network.address {
                try ip(["address", "add", "\(address)", "dev", network.bridge])
            }
            try ip(["link", "set", "dev", network.bridge, "up"])
        }
    }

    /// A tap for each network card of the machine, attached to its bridge. Those that are there stay.
    func attach(_ machine: LabMachine) throws {
        for (card, bridge) in machine.networks.enumerated() {
            let tap = machine.tap(ofCard: card)
            guard !Files.exists("/proc/sys/net/ipv4/conf/\(tap)") else { continue }
            try ip(["tuntap", "add", "dev", tap, "mode", "tap"])
            try ip(["link", "set", "dev", tap, "master", bridge, "up"])
        }
    }

    private func ip(_ arguments: [String]) throws {
        guard let path = Tool.ip.installedPath else {
            throw MusterError(
                .unavailable, "the program ip is not installed", advice: "install it: apt install iproute2")
        }
        let process = try ChildProcess.spawn(path, arguments, log: "supervisor.log", newSession: false)
        let status = try ChildProcess.wait(process)
        guard status == 0 else {
            throw MusterError(
                .systemFailure, "cannot build the lab's network: ip \(arguments.joined(separator: " ")) failed",
                advice: arguments.first == "tuntap"
                    ? "the lab needs the tun driver (modprobe tun) and, without root, a /dev/net/tun that all may use"
                    : nil)
        }
    }
}
