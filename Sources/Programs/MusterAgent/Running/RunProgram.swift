import DeploymentModel
@preconcurrency import Dispatch
import LinuxSystem
import MusterBase
import NIOPosix

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif

/// The agent in the deployed system: runs the stage `onboot`, tells when the node is ready, then beats.
enum RunProgram {
    /// Runs until SIGTERM; the process's exit status.
    static func run() async -> Int32 {
        let output = JournalOutput()
        do {
            let (found, directory) = try AgentState.load()
            let state = takeBack(found, directory, output)
            let trust = try SiteTrust.read()
            let terminations = terminationSignals()
            let node = try RunningNode(state: state, directory: directory, trust: trust, output: output)
            let work = Task { await node.work() }
            for await _ in terminations { break }
            work.cancel()
            await node.sayGoodbye()
            return 0
        } catch {
            output.line("the agent cannot run: \(error)")
            return 1
        }
    }

    /// The state, after the return from another root if there was one.
    private static func takeBack(_ state: AgentState, _ directory: String, _ output: JournalOutput) -> AgentState {
        guard let slot = state.slot else { return state }
        do {
            return try RootTrial(slot: slot).takeBack(state, directory: directory)
        } catch {
            output.line("whether this machine returned from its other root is not known: \(error)")
            return state
        }
    }

    private static func terminationSignals() -> AsyncStream<Void> {
        let (stream, continuation) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
        let sources = [SIGTERM, SIGINT].map { number in
            signal(number, SIG_IGN)
            let source = DispatchSource.makeSignalSource(signal: number, queue: .global())
            source.setEventHandler { continuation.yield() }
            source.resume()
            return source
        }
        continuation.onTermination = { _ in for source in sources { source.cancel() } }
        return stream
    }
}

/// Standard error: systemd takes it to the journal.
struct JournalOutput: LineOutput {
    func line(_ text: String) {
        let bytes = Array("\(text)\n".utf8)
        _ = bytes.withUnsafeBytes { write(2, $0.baseAddress, $0.count) }
    }
}
