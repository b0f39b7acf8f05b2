import MusterBase
import Subprocess
import Synchronization
import SystemPackage

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif

/// Runs programs of this system.
public struct SystemToolRunner: ToolRunner {
    public init() {}

    public func run(_ tool: Tool, _ arguments: [String], _ options: ToolOptions) async throws -> ToolResult {
        guard let path = tool.installedPath else { throw Self.missing(tool) }
        try Self.throwIfCancelled(tool)
        do {
            let result =
                options.standardInput.isEmpty && options.inputProducer == nil
                ? try await Self.execute(path, arguments, options, input: .none) { _ in }
                : try await Self.execute(path, arguments, options, input: .inputWriter) { execution in
                    try await Self.feed(execution, options)
                }
            try Self.throwIfCancelled(tool)
            return result
        } catch let error as MusterError {
            throw error
        } catch {
            try Self.throwIfCancelled(tool)
            throw MusterError(.systemFailure, "cannot run \(path)", cause: error)
        }
    }

    /// The input is written by `feed`: an `ArrayInput` that fails to be written traps in swift-subprocess 1.0.2.
    private static func execute<Input: InputProtocol>(
        _ path: String, _ arguments: [String], _ options: ToolOptions, input: Input,
        feed: @escaping @Sendable (Execution<Input, SequenceOutput, SequenceOutput>) async throws -> Void
    ) async throws -> ToolResult {
        let collected = OutputCollector(limit: options.outputLimit, onLine: options.onOutputLine)
        // Kept to the end of the run: the watch ends with it.
        let watch = options.endsWithCaller ? try CallerWatch() : nil
        defer { watch?.end() }
        let result = try await Subprocess.run(
            .path(FilePath(path)), arguments: Arguments(arguments), environment: environment(options),
            workingDirectory: options.workingDirectory.map { FilePath($0) }, platformOptions: platform(options),
            input: input, output: .sequence, error: .sequence
        ) { execution in
            try watch?.begin(processGroup: execution.processIdentifier.value)
            return try await withThrowingTaskGroup(of: Void.self) { group in
                let (output, error) = (execution.standardOutput, execution.standardError)
                group.addTask { try await feed(execution) }
                group.addTask {
                    guard let sink = options.outputSink else { return try await collected.drain(output, as: .output) }
                    do {
                        for try await buffer in output { try sink(buffer.withUnsafeBytes { Array($0) }) }
                    } catch {
                        await execution.teardown(using: platform(options).teardownSequence)
                        throw error
                    }
                }
                group.addTask { try await collected.drain(error, as: .error) }
                try await group.waitForAll()
            }
        }
        let exitCode: Int32
        switch result.terminationStatus {
        case .exited(let code): exitCode = code
        case .signaled(let number): exitCode = 128 + number
        }
        return collected.result(exitCode: exitCode)
    }

    private static func environment(_ options: ToolOptions) -> Environment {
        let named = options.environment.map { (Environment.Key(stringLiteral: $0.key), $0.value) }
        if options.environmentIsWhole { return .custom(Dictionary(uniqueKeysWithValues: named)) }
        return .inherit.updating(Dictionary(uniqueKeysWithValues: named.map { ($0.0, Optional($0.1)) }))
    }

    private static func feed(
        _ execution: Execution<CustomWriteInput, SequenceOutput, SequenceOutput>, _ options: ToolOptions
    ) async throws {
        // A program that ends without reading its input must not end this process with it.
        signal(SIGPIPE, SIG_IGN)
        let writer = execution.standardInputWriter
        let input = ToolInput { bytes in
            do { _ = try await writer.write(bytes) } catch { throw ToolInput.Closed() }
        }
        do {
            // A program may end without having read its input: that is its own affair.
            if let producer = options.inputProducer {
                try await producer(input)
            } else {
                try await input.write(options.standardInput)
            }
        } catch is ToolInput.Closed {
        } catch {
            await execution.teardown(using: platform(options).teardownSequence)
            throw error
        }
        try? await writer.finish()
    }

    private static func platform(_ options: ToolOptions) -> PlatformOptions {
        var platform = PlatformOptions()
        let ownProcessGroup = options.ownProcessGroup || options.endsWithCaller
        if ownProcessGroup { platform.processGroupID = 0 }
        platform.teardownSequence = [
            .gracefulShutDown(
                toProcessGroup: ownProcessGroup, allowedDurationToNextStep: options.gracePeriod)
        ]
        return platform
    }

    static func missing(_ tool: Tool) -> MusterError {
        MusterError(
            .systemFailure,
            "the program \(tool.name) is not installed (looked for \(tool.candidates.joined(separator: ", ")))",
            advice: tool.package.map { "install it: apt-get install \($0)" })
    }

    private static func throwIfCancelled(_ tool: Tool) throws {
        if Task.isCancelled { throw MusterError(.cancelled, "\(tool.name) was stopped") }
    }
}

extension Tool {
    /// The first of the candidates that this system has and this process may execute.
    public var installedPath: String? { candidates.first { access($0, X_OK) == 0 } }

    /// Where it is, or would be looked for first: for the arguments of a program that starts it.
    public var nestedPath: String { installedPath ?? candidates.first ?? name }
}

/// Reads both streams of a program at the same time.
private final class OutputCollector: Sendable {
    private let output: Mutex<CollectedOutput>
    private let onLine: (@Sendable (String) -> Void)?

    init(limit: Int, onLine: (@Sendable (String) -> Void)?) {
        output = Mutex(CollectedOutput(limit: limit))
        self.onLine = onLine
    }

    func drain(_ sequence: SubprocessOutputSequence, as stream: CollectedOutput.Stream) async throws {
        for try await buffer in sequence {
            let bytes = buffer.withUnsafeBytes { Array($0) }
            // The lines are handed over under the lock, so that calls do not overlap.
            output.withLock { output in
                for line in output.append(bytes, to: stream, wantLines: onLine != nil) { onLine?(line) }
            }
        }
        output.withLock { output in
            if let line = output.unfinishedLine(of: stream) { onLine?(line) }
        }
    }

    func result(exitCode: Int32) -> ToolResult { output.withLock { $0.result(exitCode: exitCode) } }
}
