import DeploymentModel
import LinuxSystem
import MusterAPI
import MusterBase
import MusterCommands
import Synchronization
import TestSupport

/// A service that answers what it was told to, and remembers what it was asked.
final class ScriptedService: OperatorService {
    private struct State {
        var answers: [String: [Result<[UInt8], MusterError>]] = [:]
        var requests: [OperatorRequest] = []
    }

    private let state = Mutex(State())

    /// Answers to requests of that method and target, one after the other; the last one again and again.
    func on(_ request: String, _ answers: any Encodable...) throws {
        let bodies = try answers.map { Result<[UInt8], MusterError>.success(try MusterJSON.encode($0)) }
        state.withLock { $0.answers[request, default: []] += bodies }
    }

    func on(_ request: String, fails error: MusterError) {
        state.withLock { $0.answers[request, default: []].append(.failure(error)) }
    }

    func send(_ request: OperatorRequest) async throws -> [UInt8] {
        try Task.checkCancellation()
        let key = "\(request.method.rawValue) \(request.target)"
        let answer: Result<[UInt8], MusterError>? = state.withLock { state in
            state.requests.append(request)
            guard let list = state.answers[key], let first = list.first else { return nil }
            if list.count > 1 { state.answers[key] = Array(list.dropFirst()) }
            return first
        }
        guard let answer else { throw MusterError(.internalFailure, "the test has no answer to \(key)") }
        return try answer.get()
    }

    var requests: [OperatorRequest] { state.withLock { $0.requests } }
    /// `GET /api/v1/nodes?range=n1`, in order.
    var targets: [String] { requests.map { "\($0.method.rawValue) \($0.target)" } }
    /// Their bodies as text.
    var bodies: [String] { requests.map { String(decoding: $0.body, as: UTF8.self) } }
}

/// Runs commands against a scripted service, with captured output and a clock that stands still.
struct CommandFixture {
    let service = ScriptedService()
    var terminal = Terminal.none
    var environment = ["HOME": "/home/admin"]
    var typed: [String] = []
    var isReachable = true
    /// None is installed unless a test says so.
    var tools: any ToolRunner = ScriptedTools([:])

    static let now = Timestamp("2026-03-01T12:00:00Z")
    /// Stands still unless a test lets it go.
    var clock: WallClock = WallClock { CommandFixture.now ?? Timestamp(seconds: 0) }

    struct Outcome {
        let code: Int32
        let output: String
        let errors: String
    }

    func run(_ arguments: String...) async -> Outcome { await run(arguments) }

    func run(_ arguments: [String]) async -> Outcome {
        let output = CapturedSink()
        let errors = CapturedSink()
        let code = await MusterProgram.run(arguments, in: context(output: output, errors: errors))
        return Outcome(code: code, output: output.text, errors: errors.text)
    }

    func context(output: any OutputSink, errors: any OutputSink) -> CommandContext {
        let service = service
        let isReachable = isReachable
        let lines = Lines(typed)
        return CommandContext(
            output: output, errors: errors, terminal: terminal, clock: clock, zoneOffset: { _ in 3600 },
            environment: environment, currentDirectory: "/work-here", isRoot: false, exists: { _ in false },
            connect: { location in
                guard isReachable else {
                    throw MusterError(
                        .unavailable, "the service at \(location.socket) does not answer: there is no such socket",
                        advice: "start the service: musterd")
                }
                return service
            },
            readLine: { lines.next() }, tools: tools, pause: { _ in }, programDirectory: "/nowhere")
    }

    /// A terminal of 80 columns on all streams.
    static let screen = Terminal(
        inputIsTerminal: true, outputIsTerminal: true, errorIsTerminal: true, columns: 80, lines: 24, allowsColour: true
    )
}

private final class Lines: Sendable {
    private let rest: Mutex<[String]>

    init(_ lines: [String]) { rest = Mutex(lines) }

    func next() -> String? { rest.withLock { $0.isEmpty ? nil : $0.removeFirst() } }
}
