import CLinux
@preconcurrency import Dispatch
import LinuxSystem
import MusterAPI
import MusterBase

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif

/// The process that serves the root file system of a tethered node, seen from the agent that starts it.
///
/// Its name begins with `@`: systemd leaves such a process of root alone when it kills all others at shutdown (see
/// <https://systemd.io/ROOT_STORAGE_DAEMONS>). `SurviveFinalKillSignal=` of newer versions is for processes of a unit,
/// which this is not.
package struct RootServer: Sendable {
    package let process: Int32
    private let connection: Connection

    /// The agent's end of what the process writes to and reads from.
    private final class Connection: Sendable {
        let descriptor: Int32

        init(_ descriptor: Int32) { self.descriptor = descriptor }

        deinit { close(descriptor) }
    }

    static let name = "@muster-root"
    static let subcommand = "serve-root"
    static let ready = "ready"

    /// Starts it, and returns when the file system is mounted and can be read.
    ///
    /// - Parameter executable: the agent.
    /// - Throws: what the process says is wrong.
    package static func start(
        _ parameters: RootServerParameters, executable: String = "/proc/self/exe"
    ) async throws -> RootServer {
        let told = try MusterJSON.encode(parameters)
        let input = told.withUnsafeBytes { muster_memory_file($0.baseAddress, $0.count) }
        guard input >= 0 else { throw systemError("cannot make a file in memory") }
        defer { close(input) }
        var ends: [Int32] = [-1, -1]
        guard muster_socket_pair(&ends) == 0 else { throw systemError("cannot make a connection to a process") }
        let connection = Connection(ends[0])
        let process = spawn(executable, input: input, output: ends[1])
        let failure = process > 0 ? nil : systemError("cannot start the server of the root file system")
        close(ends[1])
        if let failure { throw failure }
        let answer = await firstLine(of: connection.descriptor)
        guard answer == ready else {
            // It has ended, or is about to.
            kill(process, SIGKILL)
            _ = try? ChildProcess.wait(process)
            let reason = answer.isEmpty ? "its server ended" : answer
            throw MusterError(
                .systemFailure, "the root file system cannot be served: \(reason)",
                advice: "that the initramfs has the driver fuse")
        }
        return RootServer(process: process, connection: connection)
    }

    /// Gives it an open partition to keep chunks on; see ``ChunkDisk``. It has to be told that there will be one.
    package func give(disk descriptor: Int32) throws {
        guard muster_send_descriptor(connection.descriptor, descriptor) == 0 else {
            throw systemError("cannot give the disk to the server of the root file system")
        }
    }

    private static func spawn(_ executable: String, input: Int32, output: Int32) -> Int32 {
        let errors = open("/dev/kmsg", O_WRONLY | O_CLOEXEC | O_NOCTTY)
        defer { if errors >= 0 { close(errors) } }
        return ChildProcess.withArgumentVector([name, subcommand]) { vector in
            muster_spawn_lasting(executable, vector, input, output, errors >= 0 ? errors : 2)
        }
    }

    /// What the process says, on a thread that may wait.
    private static func firstLine(of descriptor: Int32) async -> String {
        await withCheckedContinuation { continuation in
            DispatchQueue.global().async {
                var text: [UInt8] = []
                var octet: UInt8 = 0
                while true {
                    let count = read(descriptor, &octet, 1)
                    if count < 0, errno == EINTR { continue }
                    guard count == 1, octet != UInt8(ascii: "\n"), text.count < 4096 else { break }
                    text.append(octet)
                }
                continuation.resume(returning: String(decoding: text, as: UTF8.self))
            }
        }
    }
}
