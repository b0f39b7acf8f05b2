import MusterBase

/// Looks until there is something, and gives it; throws `timeout` when there is nothing after `limit`.
///
/// - Parameters:
///   - state: names what is waited for, as in "n1 is not deployed".
///   - interval: between two looks; nil looks again as soon as others had their turn, for what is in the same process.
@discardableResult
package func waitForState<State>(
    otherwise state: @autoclosure () -> String, limit: Duration = .seconds(60), every interval: Duration? = nil,
    _ look: () async throws -> State?
) async throws -> State {
    let deadline = ContinuousClock.now + limit
    while true {
        if let found = try await look() { return found }
        guard ContinuousClock.now < deadline else { throw MusterError(.timeout, state()) }
        if let interval {
            try await Task.sleep(for: interval)
        } else {
            try Task.checkCancellation()
            await Task.yield()
        }
    }
}
