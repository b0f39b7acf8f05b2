import DeploymentModel
import MusterBase

/// What a step brought, and one line about it for people.
public struct StepResult<Value: Sendable>: Sendable {
    public let value: Value
    public let message: String

    public init(_ value: Value, _ message: String) {
        self.value = value
        self.message = message
    }
}

/// Runs steps one after the other. A step that fails is tried again until it is done: a machine that starts has nothing
/// better to do, and what is wrong is often mended elsewhere.
public struct StepRunner: Sendable {
    public let reporter: EventReporter
    /// Called when the patience for a step is used up, with the step's name.
    private let onFailure: @Sendable (String) async -> Void
    private let pause: @Sendable (Duration) async throws -> Void

    public init(
        reporter: EventReporter, onFailure: @escaping @Sendable (String) async -> Void = { _ in },
        pause: @escaping @Sendable (Duration) async throws -> Void = { try await Task.sleep(for: $0) }
    ) {
        self.reporter = reporter
        self.onFailure = onFailure
        self.pause = pause
    }

    /// Runs one step to its end.
    ///
    /// - Parameters:
    ///   - doing: what is tried, as in "asking the server for this node's configuration".
    ///   - check: what somebody at the machine can look at when it fails, unless the error says it better.
    ///   - isFinal: errors that no further attempt can mend; they are thrown.
    /// - Throws: what is final, and `CancellationError`.
    public func run<Value: Sendable>(
        _ step: String, doing: String, check: String, retry: RetryPolicy = .network,
        isFinal: (MusterError) -> Bool = { _ in false }, _ body: () async throws -> StepResult<Value>
    ) async throws -> Value {
        await reporter.record(step, .started, doing, isShown: false)
        var attempt = 1
        while true {
            do {
                let result = try await body()
                await reporter.record(step, .done, result.message)
                return result.value
            } catch is CancellationError {
                throw CancellationError()
            } catch {
                let error = error as? MusterError ?? MusterError(.internalFailure, doing, cause: error)
                if isFinal(error) { throw error }
                await explain(error, step: step, doing: doing, check: check, retry: retry, attempt: attempt)
            }
            try await pause(retry.delay(after: attempt))
            attempt += 1
        }
    }

    private func explain(
        _ error: MusterError, step: String, doing: String, check: String, retry: RetryPolicy, attempt: Int
    ) async {
        let bare = MusterError(error.code, error.message, cause: error.cause)
        guard retry.isTimeToExplain(attempt) else {
            // The first failures in a row may be nothing: one short line each, and none for the long tail.
            if attempt < retry.patience { await reporter.record(step, .retrying, bare.description) }
            return
        }
        let times = attempt == 1 ? "" : " \(attempt) times"
        let advice = error.advice.map { "\($0)" } ?? check
        await reporter.record(step, .failed, "tried\(times): \(doing). Came back: \(bare). Check: \(advice)")
        await onFailure(step)
    }
}
