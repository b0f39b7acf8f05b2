import Glibc
import MusterBase

/// The connections to a lab's control socket. Their number and the length of their lines are bounded.
struct ControlClients {
    private struct Client {
        let number: Int
        var pending: [UInt8] = []
    }

    private static let limit = 32
    private var clients: [Int32: Client] = [:]
    private var lastNumber = 0

    var descriptors: [Int32] { Array(clients.keys) }

    mutating func accept(from listener: Int32) {
        let descriptor = Glibc.accept(listener, nil, nil)
        guard descriptor >= 0 else { return }
        guard clients.count < Self.limit else {
            close(descriptor)
            return
        }
        _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC)
        // Reads happen when there is something to read; a client that does not read its answer is let go of.
        UnixSocket.setTimeout(.seconds(2), of: descriptor)
        lastNumber += 1
        clients[descriptor] = Client(number: lastNumber)
    }

    /// The requests that have come in whole on that connection, each with the client's number.
    mutating func read(_ descriptor: Int32) -> [(client: Int, request: Result<LabRequest, MusterError>)] {
        guard var client = clients[descriptor] else { return [] }
        var buffer = [UInt8](repeating: 0, count: 16 << 10)
        let count = recv(descriptor, &buffer, buffer.count, Int32(MSG_DONTWAIT))
        if count < 0, errno == EINTR || errno == EAGAIN { return [] }
        guard count > 0, client.pending.count + count <= LabWire.lineLimit else {
            drop(descriptor)
            return []
        }
        client.pending += buffer[..<count]
        var lines = client.pending.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
        client.pending = Array(lines.removeLast())
        clients[descriptor] = client
        return lines.map { line in
            do {
                return (client.number, .success(try LabWire.decode(LabRequest.self, from: Array(line))))
            } catch {
                return (client.number, .failure(error as? MusterError ?? MusterError(.malformed, "\(error)")))
            }
        }
    }

    mutating func reply(_ response: LabResponse, to number: Int) {
        guard let descriptor = clients.first(where: { $0.value.number == number })?.key else { return }
        do {
            try UnixSocket.send(LabWire.line(response), to: descriptor)
        } catch {
            drop(descriptor)
        }
    }

    private mutating func drop(_ descriptor: Int32) {
        clients[descriptor] = nil
        close(descriptor)
    }
}
