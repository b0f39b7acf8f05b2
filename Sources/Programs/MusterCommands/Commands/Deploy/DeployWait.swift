import MusterAPI
import MusterBase
import NodeRange

/// Waits until deployments are over, by long polls, and shows how they get on.
struct DeployWait {
    private let client: any OperatorService
    private let nodes: [String]
    private let range: String
    private let timeout: Duration?

    /// - Parameter timeout: nil to wait for ever.
    init(_ client: any OperatorService, _ nodes: [String], timeout: Duration?) {
        self.client = client
        self.nodes = nodes
        range = NodeSet(nodes).description
        self.timeout = timeout
    }

    /// Seconds between two looks when nothing changes: what is drawn on a terminal counts the time.
    private static let terminalWait = 2
    private static let logWait = 30

    /// Ends when all are over or the time is up.
    func run(in context: CommandContext) async throws -> WaitProgress {
        let start = context.clock.now()
        let isLive = context.terminal.errorIsTerminal
        var area = LiveArea(context.errors)
        var progress = WaitProgress(nodes)
        var patience = ServicePatience()
        var revision: Int64?
        do {
            while true {
                let left = timeout.map { $0 - (context.clock.now() - start) }
                if let left, left <= .zero { break }
                let wait = min(isLive ? Self.terminalWait : Self.logWait, Int(left?.components.seconds ?? 60) + 1)
                let list = try await patience.call(context) { try await look(after: revision, wait: wait) }
                let changed = list.map { progress.apply($0) } ?? []
                if let list { revision = list.revision }
                let view = WaitView(progress, since: start, at: context.clock.now())
                if isLive {
                    let height = (context.terminal.lines ?? 24) - 1
                    try area.draw(view.block(height: height, context.terminal.errorStyle))
                } else {
                    for status in changed { try context.note(view.logLine(status)) }
                }
                if progress.isOver { break }
            }
        } catch let error where isCancellation(error) {
            try context.note("The deployment goes on without being watched: muster status \(range)")
            throw error
        }
        return progress
    }

    private func look(after revision: Int64?, wait: Int) async throws -> StatusList {
        guard let revision else { return try await client.status(range) }
        do {
            return try await client.status(range, after: revision, wait: wait)
        } catch let error as MusterError where error.code == .compacted {
            return try await client.status(range)
        }
    }

    private func isCancellation(_ error: any Error) -> Bool {
        error is CancellationError || (error as? MusterError)?.code == .cancelled || Task.isCancelled
    }
}

/// Outlasts a service that is restarted in the middle of a wait.
private struct ServicePatience {
    private var isAway = false

    /// The result; nil after a pause when the service does not answer just now.
    mutating func call<Result: Sendable>(
        _ context: CommandContext, _ body: () async throws -> Result
    ) async throws -> Result? {
        do {
            let result = try await body()
            isAway = false
            return result
        } catch let error as MusterError where error.code == .unavailable || error.code == .timeout {
            if !isAway { try context.note("muster: \(error.message); trying on") }
            isAway = true
            try await context.pause(.seconds(1))
            return nil
        }
    }
}
