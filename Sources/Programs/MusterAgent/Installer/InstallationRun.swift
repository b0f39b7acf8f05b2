import CLinux
import DeploymentModel
import LinuxSystem
import MusterBase

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif

/// The agent while an installer works: it answers the installer's hooks, and tells the server what the installer's log says.
struct InstallationRun: Sendable {
    let session: SiteSession
    let enrolment: Enrolment
    /// The installer's log, and what a line of it means.
    let log: String
    let word: @Sendable (String) -> InstallerLog.Word?

    private var reporter: EventReporter { session.steps.reporter }

    /// Runs until the installer restarts the machine, or until the node was armed anew: then what was begun here is over.
    ///
    /// - Parameter serve: does what a hook asks for, and gives what the hook prints.
    func run(_ serve: (InstallerRequests.Request) async throws -> String) async throws {
        let watch = Task { await watchLog() }
        defer { watch.cancel() }
        let requests = InstallerRequests()
        while await !reporter.isKeyLost {
            guard let request = requests.next() else {
                try await Task.sleep(for: .milliseconds(200))
                continue
            }
            do {
                let text = try await serve(request)
                // What the installer says from now on is not part of the installation any more.
                if request == .finish { watch.cancel() }
                try requests.answer(request, .init(isGood: true, text: text))
            } catch {
                try requests.answer(request, .init(isGood: false, text: "\(error)"))
                // The operator looks at the reason, mends it, and arms the node again.
                try await session.waitUntilArmedAnew(enrolment.key)
                break
            }
        }
        await reporter.record(Step.installer, .progress, "the node was armed anew; this machine restarts")
        muster_restart()
        throw systemError("cannot restart this machine")
    }

    // MARK: What the log says

    /// Where the log is found within this time, its beginning is told.
    private static let patience = Duration.seconds(600)

    private func watchLog() async {
        guard let file = await openLog() else { return }
        defer { close(file) }
        var lines = InstallerLog(word)
        var begun = ContinuousClock.now
        var step: String?
        while !Task.isCancelled {
            for word in lines.take(Self.rest(of: file)) {
                switch word {
                case .begins(let next) where next != step:
                    if let step { await reporter.record(Step.installer, .done, step) }
                    step = next
                    begun = .now
                    await reporter.record(Step.installer, .started, next)
                case .begins: break
                case .failed(let failed):
                    let words = lines.last.map { "\n\($0)" }.joined()
                    await reporter.record(
                        Step.installer, .failed, "\(failed) failed; the installer's last words:\(words)")
                }
            }
            if let step, ContinuousClock.now - begun > .seconds(60) {
                // A server that hears nothing calls a deployment stalled.
                begun = .now
                await reporter.record(
                    Step.installer, .progress, "\(step): \(lines.last.last ?? "")", isShown: false)
            }
            guard (try? await Task.sleep(for: .seconds(1))) != nil else { return }
        }
    }

    private func openLog() async -> Int32? {
        let begin = ContinuousClock.now
        while !Task.isCancelled {
            let file = open(log, O_RDONLY | O_CLOEXEC)
            if file >= 0 { return file }
            guard ContinuousClock.now - begin < Self.patience else {
                await reporter.record(
                    Step.installer, .progress, "how the installation goes is not told: there is no \(log)")
                return nil
            }
            guard (try? await Task.sleep(for: .seconds(1))) != nil else { return nil }
        }
        return nil
    }

    /// All that was appended to a file.
    private static func rest(of file: Int32) -> [UInt8] {
        var octets: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 64 << 10)
        while octets.count < 1 << 20 {
            let count = read(file, &buffer, buffer.count)
            guard count > 0 else { break }
            octets += buffer[..<count]
        }
        return octets
    }
}
