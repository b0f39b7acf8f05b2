import LinuxSystem
import MusterAPI
import MusterBase

/// Whether nodes were given addresses that this machine itself has, in the words of `muster check`.
package enum AddressResults {
    /// - Parameters:
    ///   - interfaces: those of this machine.
    ///   - node: the node that has an address.
    package static func results(
        _ interfaces: [NetworkInterface], node: (IPv4Address) -> String?
    ) -> [CheckResult] {
        interfaces.filter { !$0.isLoopback }.flatMap { interface in
            interface.addresses.compactMap { network in
                node(network.address).map { name in
                    CheckResult(
                        subject: "node \(name)", verdict: .warning,
                        message: "has the address \(network.address), which is this server's own on \(interface.name)",
                        advice: "give the node another: muster node set \(name) net.ipv4_address=ADDRESS/"
                            + "\(network.prefixLength)")
                }
            }
        }
    }
}
