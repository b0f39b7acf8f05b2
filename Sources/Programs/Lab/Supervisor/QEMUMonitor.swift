import Glibc
import MusterBase

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// One command to a QEMU by its machine protocol (QMP): greeting, capabilities, command, answer.
struct QEMUMonitor {
    /// Of its monitor.
    let socket: String

    func execute(_ command: String) throws {
        let descriptor = try connect()
        defer { close(descriptor) }
        var reader = QMPReader(descriptor: descriptor)
        for step in ["qmp_capabilities", command] {
            try UnixSocket.send(Array("{\"execute\":\"\(step)\"}\n".utf8), to: descriptor)
            try reader.awaitReturn(of: step)
        }
    }

    /// A QEMU that was just started listens a few milliseconds later.
    private func connect() throws -> Int32 {
        let deadline = ContinuousClock.now + .seconds(2)
        while true {
            do {
                return try UnixSocket.connect(socket, timeout: .seconds(3))
            } catch {
                guard ContinuousClock.now < deadline else { throw error }
                usleep(20_000)
            }
        }
    }
}

private struct QMPReader {
    let descriptor: Int32
    var pending: [UInt8] = []

    mutating func awaitReturn(of command: String) throws {
        while true {
            switch QMPMessage(try nextLine()) {
            case .done: return
            case .failed(let description):
                throw MusterError(.systemFailure, "QEMU refused \(command): \(description)")
            case .other: continue
            }
        }
    }

    private mutating func nextLine() throws -> [UInt8] {
        while true {
            if let end = pending.firstIndex(of: UInt8(ascii: "\n")) {
                defer { pending.removeSubrange(...end) }
                return Array(pending[..<end])
            }
            guard pending.count < 1 << 20 else { throw MusterError(.malformed, "QEMU's monitor sends no end of line") }
            var buffer = [UInt8](repeating: 0, count: 4096)
            let count = recv(descriptor, &buffer, buffer.count, 0)
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { throw MusterError(.unavailable, "QEMU's monitor does not answer") }
            pending += buffer[..<count]
        }
    }
}

/// A line from QEMU's monitor.
package enum QMPMessage: Hashable {
    case done
    case failed(String)
    /// The greeting, or an event.
    case other

    package init(_ line: [UInt8]) {
        struct Line: Decodable {
            struct Failure: Decodable { let desc: String }
            struct Anything: Decodable {}
            let `return`: Anything?
            let error: Failure?
        }
        guard let parsed = try? JSONDecoder().decode(Line.self, from: Data(line)) else {
            self = .other
            return
        }
        if let error = parsed.error { self = .failed(error.desc) } else { self = parsed.return == nil ? .other : .done }
    }
}
