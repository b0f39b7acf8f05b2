import LinuxSystem
import MusterBase

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif

/// How the hooks of an installer ask the agent that runs beside it, and wait for its answer: by files in a directory of
/// root's own, in the memory of the machine.
package struct InstallerRequests: Sendable {
    package enum Request: String, Sendable, CaseIterable {
        /// The answers are where the installer looks for them.
        case prepare
        /// The disk to install to.
        case disk
        /// All that is left to do to the system on the disk is done.
        case finish
    }

    package struct Answer: Codable, Sendable, Hashable {
        package var isGood: Bool
        /// For the hook; what went wrong, else.
        package var text: String

        package init(isGood: Bool, text: String) {
            self.isGood = isGood
            self.text = text
        }
    }

    private let directory: String

    package init(directory: String = AgentState.memoryDirectory) { self.directory = directory }

    private func path(_ request: Request) -> String { "\(directory)/asked-\(request.rawValue)" }
    private func answerPath(_ request: Request) -> String { "\(directory)/answered-\(request.rawValue)" }

    // MARK: The hook

    /// Asks, and waits until there is an answer.
    ///
    /// - Parameter isServed: whether somebody is there who may answer.
    package func ask(_ request: Request, isServed: () -> Bool) throws -> Answer {
        try Files.createDirectory(directory, mode: 0o700)
        if Files.exists(answerPath(request)) { try Files.remove(answerPath(request)) }
        try AtomicFile.write("", to: path(request), mode: 0o600)
        while !Files.exists(answerPath(request)) {
            guard isServed() else {
                try Files.remove(path(request))
                return Answer(isGood: false, text: "the agent is gone")
            }
            usleep(100_000)
        }
        return try MusterJSONFile.read(Answer.self, from: answerPath(request))
    }

    // MARK: The agent

    /// The next that was asked and has no answer yet.
    package func next() -> Request? { Request.allCases.first { Files.exists(path($0)) } }

    package func answer(_ request: Request, _ answer: Answer) throws {
        // First: who reads the answer may ask again.
        if Files.exists(path(request)) { try Files.remove(path(request)) }
        try MusterJSONFile.write(answer, to: answerPath(request), mode: 0o600)
    }
}
