import MusterBase

/// Names and addresses of the machines of a fleet. They follow from the machine's number alone, so that one expression
/// each defines all nodes, and one definition serves any seed.
extension FleetPlan {
    /// Relays have the first addresses of the network, up to this one.
    static let relays = 255

    public func name(_ number: Int) -> String { "\(namePrefix)\(number)" }

    public func mac(_ number: Int) -> MACAddress { MACAddress(rawValue: 0x024D_5300_0000 + UInt64(number)) }

    /// The machine with that hardware address; nil when it is none of the fleet.
    package func number(of mac: MACAddress) -> Int? {
        let number = Int(mac.rawValue & 0xFF_FFFF)
        return mac.rawValue >> 24 == 0x024D53 && (1...max(1, machines)).contains(number) ? number : nil
    }

    public func uuid(_ number: Int) -> MachineUUID {
        MachineUUID(high: 0x4D75_7374_6572_4053, low: 0x8000_0000_0000_0000 + UInt64(number))
    }

    public func address(_ number: Int) -> IPv4Address {
        IPv4Address(rawValue: network.first.rawValue + UInt32(Self.relays + number))
    }

    /// The machine at that address; nil when there is none.
    package func number(at address: IPv4Address) -> Int? {
        let first = network.first.rawValue + UInt32(Self.relays)
        guard address.rawValue > first else { return nil }
        let number = Int(address.rawValue - first)
        return number <= machines ? number : nil
    }

    /// - Parameter position: from 0; one for each event loop.
    func relay(_ position: Int) -> IPv4Address { IPv4Address(rawValue: network.first.rawValue + UInt32(1 + position)) }

    /// The noderange of all nodes.
    public var range: String { "\(namePrefix)[1-\(nodes)]" }

    /// Whether a plan of these names, with however many nodes, has a node of that name.
    public func isNode(named name: String) -> Bool {
        let digits = name.utf8.dropFirst(namePrefix.utf8.count)
        return name.hasPrefix(namePrefix) && !digits.isEmpty
            && digits.allSatisfy { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
    }

    /// What defines the nodes: `muster node define RANGE` and these.
    public var assignments: [String] {
        let number = "(n1+\(network.first.rawValue & 0xFFFF_FFFF)+\(Self.relays))"
        let octets = [16_777_216, 65_536, 256, 1].map { "{\(number)/\($0)%256}" }.joined(separator: ".")
        return [
            "net.hwaddr=02:4d:53:{n1/65536:02x}:{n1/256%256:02x}:{n1%256:02x}",
            "net.ipv4_address=\(octets)/\(network.prefixLength)",
            "id.uuid=4d757374-6572-4053-8000-{n1:012x}",
        ]
    }

    /// Throws ``MusterError`` `invalidInput` when the network is none that machines can have, or has no room for all.
    public func validate() throws(MusterError) {
        let kinds = [network.first, network.broadcast].map { $0.rawValue >> 24 }
        guard let least = kinds.first, let most = kinds.last, least >= 1, most <= 223, !(least...most).contains(127)
        else {
            throw MusterError(
                .invalidInput, "machines cannot have the addresses of \(network.first)/\(network.prefixLength)",
                advice: "such as 10.128.0.0/9")
        }
        let room = (Int(network.broadcast.rawValue) - Int(network.first.rawValue)) - Self.relays - 1
        guard nodes >= 1, machines <= min(room, 0xFF_FFFF) else {
            throw MusterError(
                .invalidInput,
                "\(machines) machine\(machines == 1 ? " does" : "s do") not fit into \(network.first)/\(network.prefixLength)",
                advice: "a larger network: --network 10.128.0.0/9 has room for eight million")
        }
    }
}
