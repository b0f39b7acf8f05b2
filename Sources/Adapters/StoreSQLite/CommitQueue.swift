import GRDB
import MusterBase
import Store

/// Gathers transactions that wait at the same time into one SQLite transaction, so that they share one flush to disk.
/// Each keeps its own revision and its own conditions; if the shared one fails, each is tried alone.
actor CommitQueue {
    typealias Answer = Result<TransactionResult, MusterError>

    private struct Waiting {
        let transaction: Transaction
        let answer: CheckedContinuation<Answer, Never>
    }

    private static let groupLimit = 512
    private static let waitingLimit = 65_536

    private let path: String
    private let pool: DatabasePool
    private let writer: TransactionWriter
    private let committed: @Sendable ([StoreChangeBatch]) -> Void
    private var logCost: Int?
    private var waiting: [Waiting] = []
    private var drain: Task<Void, Never>?
    private var isFinished = false

    /// `committed` is given what was changed, in the order of revisions, before anyone is answered.
    init(
        path: String,
        pool: DatabasePool,
        writer: TransactionWriter,
        committed: @escaping @Sendable ([StoreChangeBatch]) -> Void
    ) {
        self.path = path
        self.pool = pool
        self.writer = writer
        self.committed = committed
    }

    /// Does one transaction. It is done even when the caller's task is cancelled meanwhile.
    func submit(_ transaction: Transaction) async -> Answer {
        guard !isFinished else {
            return .failure(MusterError(.unavailable, "writing to the store \(path): it is closed"))
        }
        guard waiting.count < CommitQueue.waitingLimit else {
            return .failure(
                MusterError(.unavailable, "writing to the store \(path): \(waiting.count) transactions wait already")
            )
        }
        return await withCheckedContinuation { continuation in
            waiting.append(Waiting(transaction: transaction, answer: continuation))
            if drain == nil { drain = Task { await self.run() } }
        }
    }

    /// Refuses further transactions and waits until those accepted are done.
    func finish() async {
        isFinished = true
        await drain?.value
    }

    private func run() async {
        while !waiting.isEmpty {
            let group = Array(waiting.prefix(CommitQueue.groupLimit))
            waiting.removeFirst(group.count)
            let answers = await commit(group.map(\.transaction))
            for (member, answer) in zip(group, answers) { member.answer.resume(returning: answer) }
        }
        drain = nil
    }

    private func commit(_ transactions: [Transaction]) async -> [Answer] {
        do {
            let outcome = try await pool.write { [writer, logCost] db in
                try writer.write(transactions, logCost: logCost, in: db)
            }
            logCost = outcome.logCost
            if !outcome.batches.isEmpty { committed(outcome.batches) }
            return outcome.results.map { .success($0) }
        } catch {
            guard transactions.count > 1 else {
                return [.failure(storeError(error, "writing to the store \(path)"))]
            }
        }
        var answers: [Answer] = []
        for transaction in transactions { answers += await commit([transaction]) }
        return answers
    }
}
