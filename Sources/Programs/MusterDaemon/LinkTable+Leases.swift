import BootPolicy
import DeployService
import MusterBase

extension LinkTable {
    /// Who holds an address, by Muster's leases and by who answers for it on the link.
    ///
    /// The kernel says who answers at this moment, the lease who was given the address. Whoever takes an address over
    /// makes the two differ, and then nobody is believed. Behind a router the kernel knows nobody, and the lease stands
    /// alone.
    ///
    /// - Parameter neighbour: who answers for an address on a served network; nil for nobody.
    package init(
        leases: LeaseTable, clock: WallClock, neighbour: @escaping @Sendable (IPv4Address) -> MACAddress?
    ) {
        self.init { address in
            let lease = leases.macAddress(holding: address, at: clock.now())
            guard let neighbour = neighbour(address) else { return lease }
            return lease == nil || lease == neighbour ? neighbour : nil
        }
    }
}
