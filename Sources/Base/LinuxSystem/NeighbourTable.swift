import CLinux
import MusterBase

/// The kernel's table of neighbours: which Ethernet address an IPv4 address on a link has.
public enum NeighbourTable {
    /// The Ethernet address that the kernel has for an address it spoke with lately, on any interface whose network
    /// holds it; nil when it knows none. Throws `systemFailure`.
    public static func macAddress(of address: IPv4Address) throws(MusterError) -> MACAddress? {
        for interface in try NetworkInterface.all() where interface.addresses.contains(where: { $0.contains(address) })
        {
            if let mac = try macAddress(of: address, interfaceIndex: interface.index) { return mac }
        }
        return nil
    }

    /// The same for one interface.
    public static func macAddress(
        of address: IPv4Address, interfaceIndex: UInt32
    ) throws(MusterError) -> MACAddress? {
        var octets = [UInt8](repeating: 0, count: 6)
        switch muster_find_neighbour(interfaceIndex, address.rawValue, &octets) {
        case 1: return MACAddress(octets: octets)
        case 0: return nil
        default: throw systemError("Cannot look up the neighbour \(address)")
        }
    }
}
