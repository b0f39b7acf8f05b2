import Inventory
import InventoryStore
import MusterBase
import NodeRange
import Store

/// Look-ups and expansions in an inventory of many nodes, in memory.
struct InventoryBench {
    let nodes: Int
    /// Look-ups that are timed together.
    private let rounds = 1_000_000

    func run() async throws {
        let inventory = try await filled()
        let clock = ContinuousClock()
        var found = 0
        let byMAC = clock.measure {
            for round in 0..<rounds where inventory.node(mac: mac(round % nodes)) != nil { found += 1 }
        }
        let byUUID = clock.measure {
            for round in 0..<rounds where inventory.node(uuid: uuid(round % nodes)) != nil { found += 1 }
        }
        guard found == 2 * rounds else { throw MusterError(.internalFailure, "a look-up found nothing") }
        var count = 0
        let expand = try clock.measure { count += try NodeRange("n[1-\(nodes)]").expand().count }
        let resolved = try clock.measure { count += try inventory.expand("n[1-\(nodes)]").count }
        let set = try inventory.expand("n[1-\(nodes)]")
        var short = ""
        let shorten = clock.measure { short = set.shortened }
        guard count == 2 * nodes, short == "n[1-\(nodes)]" else {
            throw MusterError(.internalFailure, "expanded to \(count) names, shortened to \(short)")
        }
        print("look-up by MAC, \(nodes) nodes: \(nanoseconds(byMAC) / Double(rounds)) ns")
        print("look-up by UUID, \(nodes) nodes: \(nanoseconds(byUUID) / Double(rounds)) ns")
        print("expand n[1-\(nodes)] as text: \(nanoseconds(expand) / 1e6) ms")
        print("expand n[1-\(nodes)] against the inventory: \(nanoseconds(resolved) / 1e6) ms")
        print("shorten \(nodes) names: \(nanoseconds(shorten) / 1e6) ms")
    }

    private func filled() async throws -> InventoryStore {
        let inventory = try await InventoryStore.open(store: MemoryStore())
        var requests: [InventoryRequest] = []
        for number in 0..<nodes {
            requests.append(
                .defineNodes(
                    NodeSet(["n\(number + 1)"]),
                    [Assignment("net.hwaddr", .set, "\(mac(number))"), Assignment("id.uuid", .set, "\(uuid(number))")]))
        }
        try await inventory.change(requests)
        return inventory
    }

    private func mac(_ number: Int) -> MACAddress { MACAddress(rawValue: 0x5254_0000_0000 + UInt64(number)) }

    /// The low numbers differ as those of real boards do, not only in their last digits.
    private func uuid(_ number: Int) -> MachineUUID {
        MachineUUID(high: 0x4c4c_4544_0042_3510, low: UInt64(number + 1) &* 0x9E37_79B9_7F4A_7C15)
    }

    private func nanoseconds(_ duration: Duration) -> Double {
        let (seconds, attoseconds) = duration.components
        return Double(seconds) * 1e9 + Double(attoseconds) / 1e9
    }
}
