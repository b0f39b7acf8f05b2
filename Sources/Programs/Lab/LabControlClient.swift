import CLinux
import Dispatch
import Glibc
import LinuxSystem
import MusterBase

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// Asks a lab's supervisor.
struct LabControlClient: Sendable {
    let directory: LabDirectory

    /// - Parameter patience: how long the supervisor may take at each step.
    /// - Throws: `unavailable` when no lab runs there; else what the supervisor answered.
    func ask(_ request: LabRequest, patience: Duration = .seconds(30)) async throws -> LabStatus {
        // Blocks for as long as a machine takes to stop: not on the threads that tasks share.
        try await withCheckedThrowingContinuation { continuation in
            DispatchQueue.global().async { continuation.resume(with: Result { try askBlocking(request, patience) }) }
        }
    }

    private func askBlocking(_ request: LabRequest, _ patience: Duration) throws -> LabStatus {
        let descriptor = try UnixSocket.connect(directory.control, timeout: patience)
        defer { close(descriptor) }
        try UnixSocket.send(LabWire.line(request), to: descriptor)
        let response = try LabWire.decode(LabResponse.self, from: readLine(descriptor))
        if let error = response.error { throw error }
        guard let status = response.status else {
            throw MusterError(.malformed, "the lab's supervisor gave an answer without content")
        }
        return status
    }

    private func readLine(_ descriptor: Int32) throws -> [UInt8] {
        var line: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 16 << 10)
        while line.count < LabWire.lineLimit {
            let count = recv(descriptor, &buffer, buffer.count, 0)
            if count < 0, errno == EINTR { continue }
            guard count > 0 else {
                throw MusterError(.unavailable, "the lab's supervisor does not answer", cause: KernelError.last)
            }
            line += buffer[..<count]
            if line.last == UInt8(ascii: "\n") { return line }
        }
        throw MusterError(.malformed, "the lab's supervisor gave an answer without end")
    }

    /// The supervisor's process, as seen from here; nil when no lab runs.
    func supervisor() throws -> Int32? {
        guard let descriptor = try? UnixSocket.connect(directory.control) else { return nil }
        defer { close(descriptor) }
        return try UnixSocket.peerProcess(descriptor)
    }

    /// Asks the supervisor to end the lab, kills it when it has not after `grace`, and returns when all is gone: the
    /// kernel lets process 1 of a PID namespace end last.
    func shutdown(grace: Duration) async throws {
        guard let descriptor = try? UnixSocket.connect(directory.control, timeout: .seconds(2)) else { return }
        defer { close(descriptor) }
        let process = try UnixSocket.peerProcess(descriptor)
        let handle = muster_pidfd_open(process)
        guard handle >= 0 else {
            if errno == ESRCH { return }
            throw systemError("cannot watch process \(process), which supervises the lab")
        }
        defer { close(handle) }
        try? UnixSocket.send(LabWire.line(LabRequest(.shutdown)), to: descriptor)
        if await hasEnded(handle, within: grace) { return }
        guard muster_pidfd_signal(handle, SIGKILL) == 0 || errno == ESRCH else {
            throw systemError("cannot kill process \(process), which supervises the lab")
        }
        guard await hasEnded(handle, within: .seconds(10)) else {
            throw MusterError(.timeout, "process \(process), which supervises the lab, does not end")
        }
    }

    private func hasEnded(_ handle: Int32, within limit: Duration) async -> Bool {
        await withCheckedContinuation { continuation in
            DispatchQueue.global().async {
                var entry = pollfd(fd: handle, events: Int16(POLLIN), revents: 0)
                let milliseconds = limit.components.seconds * 1000
                continuation.resume(returning: poll(&entry, 1, Int32(clamping: milliseconds)) > 0)
            }
        }
    }
}

/// JSON lines.
package enum LabWire {
    /// In octets; longer lines are refused.
    package static let lineLimit = 1 << 20

    package static func line(_ value: some Encodable) throws -> [UInt8] {
        Array(try JSONEncoder().encode(value)) + [UInt8(ascii: "\n")]
    }

    package static func decode<Value: Decodable>(_ type: Value.Type, from line: [UInt8]) throws -> Value {
        do {
            return try JSONDecoder().decode(type, from: Data(line))
        } catch {
            throw MusterError(.malformed, "cannot understand what came over the lab's control socket")
        }
    }
}
