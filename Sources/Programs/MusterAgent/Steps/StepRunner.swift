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
    let pause: @Sendable (Duration) async throws -> Void

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
        var explained: String?
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
                // What is decided is told at once, and once: it will be the same for some time.
                let isNew = error.isDecided && explained != error.message
                if isNew || retry.isTimeToExplain(attempt) {
                    explained = error.message
                    await explain(error, step: step, doing: doing, check: check, attempts: attempt)
                } else if attempt < retry.patience && !error.isDecided {
                    // The first failures in a row may be nothing: one short line each, and none for the long tail.
                    await reporter.record(step, .retrying, error.withoutAdvice.description)
                }
                try await pause(error.isDecided ? retry.longest : retry.delay(after: attempt))
            }
            attempt += 1
        }
    }

    /// Calls a step failed, with what was tried, what came back, and what to check.
    public func explain(
        _ error: MusterError, step: String, doing: String, check: String, attempts: Int = 1
    ) async {
        let times = attempts == 1 ? "" : " \(attempts) times"
        await reporter.record(
            step, .failed,
            "tried\(times): \(doing). Came back: \(error.withoutAdvice). Check: \(error.advice ?? check)")
        await onFailure(step)
    }
}

extension MusterError {
    var withoutAdvice: MusterError { MusterError(code, message, cause: cause) }
}
