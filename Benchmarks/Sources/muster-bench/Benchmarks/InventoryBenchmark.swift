import Inventory
import InventoryStore
import MusterBase
import NodeRange
import Store

/// Look-ups in an inventory of 100,000 nodes, in memory.
struct InventoryBenchmark: Benchmark {
    static let name = "inventory"
    static let summary = "inside one process; a million look-ups among 100,000 nodes"
    static let promises = ["look-up by MAC", "look-up by UUID", "expand n[1-100000] against the inventory"]

    private let nodes = 100_000
    /// Look-ups that are timed together.
    private let rounds = 1_000_000

    func run(_ bench: Bench) async throws {
        let inventory = try await filled()
        let name = "n[1-\(nodes)]"
        guard try inventory.snapshot.expand(try NodeRange(name), limit: nodes).count == nodes else {
            throw BenchError("\(name) is not \(nodes) nodes")
        }
        var (byMAC, byUUID, expand): ([Double], [Double], [Double]) = ([], [], [])
        for _ in 0..<bench.rounds {
            var found = 0
            byMAC.append(
                seconds { for round in 0..<rounds where inventory.node(mac: mac(round % nodes)) != nil { found += 1 } }
                    / Double(rounds) * 1e6)
            byUUID.append(
                seconds {
                    for round in 0..<rounds where inventory.node(uuid: uuid(round % nodes)) != nil { found += 1 }
                }
                    / Double(rounds) * 1e6)
            guard found == 2 * rounds else { throw BenchError("a look-up found nothing") }
            expand.append(try seconds { _ = try inventory.snapshot.expand(try NodeRange(name), limit: nodes) } * 1e3)
        }
        bench.add(Row("look-up by MAC", unit: "µs", byMAC, goal: .under(5)))
        bench.add(Row("look-up by UUID", unit: "µs", byUUID, goal: .under(5)))
        bench.add(Row("expand n[1-100000] against the inventory", unit: "ms", expand, goal: .under(30)))
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
}

/// How long something takes.
func seconds(_ body: () throws -> Void) rethrows -> Double {
    let start = now()
    try body()
    return now() - start
}
