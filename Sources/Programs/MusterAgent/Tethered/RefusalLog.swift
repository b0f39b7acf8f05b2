import MusterBase
import Synchronization

/// What members gave that was not what was meant: a line for each member and chunk, the first ones.
package final class RefusalLog: Sendable {
    private struct State: Sendable {
        var lines: [String] = []
        var known: Set<[Int]> = []
    }

    private let state = Mutex(State())
    private let names: [String]
    private let console: any LineOutput

    /// No more lines are kept: one that gives nothing but rubbish would fill the memory.
    package static let limit = 32

    /// - Parameter names: of the members, in their order.
    package init(names: [String], console: any LineOutput) {
        self.names = names
        self.console = console
    }

    package var lines: [String] { state.withLock { $0.lines } }

    /// Takes in that a chunk was refused, and says it on the console the first time.
    package func note(chunk: Int, member: Int, _ error: MusterError) {
        let name = names.indices.contains(member) ? names[member] : "member \(member)"
        let line = "\(name) gave a wrong chunk \(chunk) of the root file system, which is refused: \(error.message)"
        let isNew = state.withLock { state in
            guard state.lines.count < Self.limit, state.known.insert([chunk, member]).inserted else { return false }
            state.lines.append(line)
            return true
        }
        if isNew { console.line(line) }
    }
}
