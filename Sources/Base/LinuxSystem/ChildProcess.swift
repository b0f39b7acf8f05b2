import CLinux
import MusterBase

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif

/// Starting a program that goes on by itself, its output in a file. (For programs that are waited for, see ToolRunner.)
package enum ChildProcess {
    /// - Parameters:
    ///   - standardInput: A descriptor, or nil for /dev/null.
    ///   - log: Standard output and error are appended to this file.
    ///   - newSession: Cuts it off from the terminal and its signals.
    /// - Returns: The process id.
    package static func spawn(
        _ path: String, _ arguments: [String], standardInput: Int32? = nil, log: String, newSession: Bool
    ) throws -> Int32 {
        let output = open(log, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0o644)
        guard output >= 0 else { throw systemError("cannot open \(log)") }
        defer { close(output) }
        let process = withArgumentVector([path] + arguments) { vector in
            muster_spawn(path, vector, standardInput ?? -1, output, newSession ? 1 : 0)
        }
        guard process > 0 else { throw systemError("cannot start \(path)") }
        return process
    }

    /// Starts a program in a network namespace and a session of its own. The kernel kills it when the thread that calls
    /// this ends.
    ///
    /// - Returns: The process id.
    package static func spawnBound(
        _ path: String, _ arguments: [String], log: String, in namespace: NetworkNamespace
    ) throws -> Int32 {
        let output = open(log, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0o644)
        guard output >= 0 else { throw systemError("cannot open \(log)") }
        defer { close(output) }
        let process = withArgumentVector([path] + arguments) { vector in
            muster_spawn_bound(path, vector, output, namespace.descriptor)
        }
        guard process > 0 else { throw systemError("cannot start \(path)") }
        return process
    }

    /// Waits for that child, and returns its exit status: 128 and the number for a signal.
    package static func wait(_ process: Int32) throws -> Int32 {
        var status: Int32 = 0
        while waitpid(process, &status, 0) < 0 {
            guard errno == EINTR else { throw systemError("cannot wait for process \(process)") }
        }
        return exitStatus(status)
    }

    /// A child that has ended, if there is one. Also those that were left to process 1.
    package static func reap() -> (process: Int32, status: Int32)? {
        var status: Int32 = 0
        let process = waitpid(-1, &status, WNOHANG)
        return process > 0 ? (process, exitStatus(status)) : nil
    }

    private static func exitStatus(_ status: Int32) -> Int32 {
        let signal = status & 0x7F
        return signal == 0 ? (status >> 8) & 0xFF : 128 + signal
    }

    /// Replaces this process by that program. Returns only to throw.
    package static func replace(by path: String, _ arguments: [String]) throws -> Never {
        _ = withArgumentVector([path] + arguments) { execv(path, $0) }
        throw systemError("cannot run \(path)")
    }

    /// Calls `body` with the arguments as exec(3) takes them.
    package static func withArgumentVector<Result>(
        _ arguments: [String], _ body: (UnsafePointer<UnsafeMutablePointer<CChar>?>) -> Result
    ) -> Result {
        var vector: [UnsafeMutablePointer<CChar>?] = arguments.map { strdup($0) } + [nil]
        defer { for pointer in vector { free(pointer) } }
        return vector.withUnsafeMutableBufferPointer { buffer in
            // An array that ends with nil is never empty.
            guard let base = buffer.baseAddress else { return body([nil]) }
            return body(base)
        }
    }
}
