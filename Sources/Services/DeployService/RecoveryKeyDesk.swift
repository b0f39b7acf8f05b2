import MusterAPI
import MusterBase
import Store

/// Recovery keys of encrypted disks, under `recovery-keys/<node>` in the store. They outlive their nodes: a disk may be
/// read when its machine is gone.
public struct RecoveryKeyDesk: Sendable {
    let store: any Store
    let clock: WallClock

    /// Of two roots, each with the installation before.
    static let limit = 4
    private static let attempts = 8

    private static func key(_ node: String) -> String { "recovery-keys/\(node)" }

    /// The keys of a node, the newest first.
    ///
    /// - Throws: `not_found` when there are none.
    public func keys(of node: String) async throws -> RecoveryKeyList {
        guard let entry = try await store.get(Self.key(node)) else {
            throw MusterError(
                .notFound, "there is no recovery key of '\(node)'",
                advice: "only a disk that was installed with `encryption` in its profile has one")
        }
        return try decode(entry, node)
    }

    /// Keeps a key as the newest of its node.
    func keep(_ report: RecoveryKeyReport, of node: String, deployment: String) async throws {
        guard let volume = MachineUUID(report.volume), (16...512).contains(report.key.utf8.count),
            report.key.utf8.allSatisfy({ (0x21...0x7E).contains($0) })
        else { throw MusterError(.invalidInput, "this is no recovery key of a LUKS volume") }
        let new = RecoveryKeyList.RecoveryKey(
            volume: "\(volume)", key: report.key, time: clock.now(), deployment: deployment)
        for _ in 0..<Self.attempts {
            let entry = try await store.get(Self.key(node))
            let kept = try entry.map { try decode($0, node).keys.filter { $0.volume != new.volume } } ?? []
            let list = RecoveryKeyList(keys: Array(([new] + kept).prefix(Self.limit)))
            let condition = entry.map { Condition.modRevision($0.key, $0.modRevision) } ?? .absent(Self.key(node))
            let change = Change.put(Self.key(node), try MusterJSON.encode(list))
            if case .committed = try await store.transact(Transaction(conditions: [condition], changes: [change])) {
                return
            }
        }
        throw MusterError(.conflict, "the recovery keys of \(node) are changed by others all the time")
    }

    private func decode(_ entry: StoreEntry, _ node: String) throws -> RecoveryKeyList {
        try MusterJSON.decode(RecoveryKeyList.self, from: entry.value, of: "the recovery keys of \(node)")
    }
}
