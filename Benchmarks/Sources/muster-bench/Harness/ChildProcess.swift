import Foundation

/// A process that the benchmarks started; ended by its number, and with this object at the latest.
final class ChildProcess: @unchecked Sendable {
    let identifier: pid_t
    /// Where its output and errors go; nil when both were thrown away.
    let log: String?
    private let name: String
    private var status: Int32?

    /// - Parameters:
    ///   - log: a file for standard output and errors; nil throws them away.
    ///   - output: a file for standard output alone.
    init(_ arguments: [String], environment: [String: String] = [:], log: String? = nil, output: String? = nil) throws {
        guard let program = arguments.first, let path = ChildProcess.find(program) else {
            throw BenchError("\(arguments.first ?? "?") is not installed")
        }
        name = (arguments.first { $0.hasPrefix("/") && !$0.hasSuffix("taskset") } ?? program)
        self.log = log
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
        let flags = O_WRONLY | O_CREAT | O_APPEND
        posix_spawn_file_actions_addopen(&actions, 2, log ?? "/dev/null", flags, 0o644)
        posix_spawn_file_actions_addopen(&actions, 1, output ?? log ?? "/dev/null", flags, 0o644)
        // The threads of Swift's pool block signals, and children inherit that: they would hear neither their alarms nor us.
        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        var signals = sigset_t()
        sigemptyset(&signals)
        posix_spawnattr_setsigmask(&attributes, &signals)
        posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGMASK))
        let variables = ProcessInfo.processInfo.environment.merging(environment) { $1 }
        var number: pid_t = 0
        let code = withCStrings([path] + arguments.dropFirst()) { argv in
            withCStrings(variables.map { "\($0.key)=\($0.value)" }) { envp in
                posix_spawn(&number, path, &actions, &attributes, argv, envp)
            }
        }
        guard code == 0 else { throw BenchError("cannot start \(path): \(String(cString: strerror(code)))") }
        identifier = number
    }

    deinit { stop() }

    /// Nil while it runs.
    func exitStatus() -> Int32? {
        if let status { return status }
        var word: Int32 = 0
        guard waitpid(identifier, &word, WNOHANG) == identifier else { return nil }
        status = ChildProcess.code(word)
        return status
    }

    /// Waits for its end; kills it when the time is up. Throws when it was not in time.
    func wait(seconds: Double) throws -> Int32 {
        let limit = now() + seconds
        var pause: UInt32 = 200
        while now() < limit {
            if let status = exitStatus() { return status }
            usleep(pause)
            pause = min(pause * 2, 20_000)
        }
        stop()
        throw BenchError("\(name) did not end within \(Int(seconds)) s")
    }

    /// Waits for its end without looking again and again, however long that takes: for those that are timed.
    func waitToEnd() throws -> Int32 {
        if let status { return status }
        var word: Int32 = 0
        while waitpid(identifier, &word, 0) != identifier {
            guard errno == EINTR else { throw BenchError("\(name) is lost: \(String(cString: strerror(errno)))") }
        }
        let code = ChildProcess.code(word)
        status = code
        return code
    }

    /// SIGTERM, and SIGKILL after three seconds.
    func stop() {
        guard exitStatus() == nil else { return }
        kill(identifier, SIGTERM)
        let limit = now() + 3
        while now() < limit {
            if exitStatus() != nil { return }
            usleep(5000)
        }
        kill(identifier, SIGKILL)
        var word: Int32 = 0
        waitpid(identifier, &word, 0)
        status = ChildProcess.code(word)
    }

    /// Waits until the condition holds. Throws with the end of its log when it ended or took too long.
    func wait(seconds: Double = 60, until what: String, _ condition: () -> Bool) throws {
        let limit = now() + seconds
        while !condition() {
            if let status = exitStatus() { throw BenchError("\(name) ended with \(status) before \(what)\(logEnd)") }
            guard now() < limit else { throw BenchError("\(name): not \(what) after \(Int(seconds)) s\(logEnd)") }
            usleep(10_000)
        }
    }

    /// Waits until it has a socket on a port, in whatever network namespace it lives.
    func waitForPort(_ port: UInt16, _ transport: Transport, seconds: Double = 60) throws {
        let wanted = ":" + String(format: "%04X", port)
        try wait(seconds: seconds, until: "listening on \(transport) port \(port)") {
            ["", "6"].contains { family in
                let table =
                    (try? String(contentsOfFile: "/proc/\(identifier)/net/\(transport)\(family)", encoding: .utf8))
                    ?? ""
                return table.split(separator: "\n").dropFirst().contains { line in
                    let fields = line.split(separator: " ")
                    guard fields.count > 3, fields[1].hasSuffix(wanted) else { return false }
                    return transport == .udp || fields[3] == "0A"
                }
            }
        }
    }

    enum Transport: String, CustomStringConvertible {
        case udp
        case tcp

        var description: String { rawValue }
    }

    var clock: ProcessorClock { ProcessorClock(identifier: identifier) }

    /// Resident memory in MB, of 1,000,000 octets.
    func residentMemory() throws -> Double {
        let text = (try? String(contentsOfFile: "/proc/\(identifier)/status", encoding: .utf8)) ?? ""
        let line = text.split(separator: "\n").first { $0.hasPrefix("VmRSS:") }
        guard
            let kibibytes = line?.split(whereSeparator: { " \t".contains($0) }).dropFirst().first.flatMap({ Double($0) }
            )
        else { throw BenchError("\(name) is not running any more\(logEnd)") }
        return kibibytes * 1024 / 1e6
    }

    private var logEnd: String {
        guard let log, let text = try? String(contentsOfFile: log, encoding: .utf8) else { return "" }
        let lines = text.split(separator: "\n").suffix(4).joined(separator: " | ")
        return lines.isEmpty ? "" : ": " + String(lines.suffix(600))
    }

    /// Where a program is; system programs may lie outside the path.
    static func find(_ program: String) -> String? {
        if program.hasPrefix("/") { return access(program, X_OK) == 0 ? program : nil }
        let path = ProcessInfo.processInfo.environment["PATH"] ?? ""
        return (path.split(separator: ":").map(String.init) + ["/usr/sbin", "/usr/bin", "/sbin", "/bin"])
            .map { "\($0)/\(program)" }.first { access($0, X_OK) == 0 }
    }

    private static func code(_ word: Int32) -> Int32 {
        word & 0x7f == 0 ? (word >> 8) & 0xff : 128 + (word & 0x7f)
    }
}

/// Seconds of the monotonic clock.
func now() -> Double {
    var time = timespec()
    clock_gettime(CLOCK_MONOTONIC, &time)
    return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
}

private func withCStrings<Result>(
    _ strings: [String], _ body: (UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>) -> Result
) -> Result {
    var pointers = strings.map { strdup($0) }
    pointers.append(nil)
    defer { for pointer in pointers { free(pointer) } }
    return pointers.withUnsafeMutableBufferPointer { buffer in
        // The buffer is never empty: it ends with nil.
        guard let base = buffer.baseAddress else { return withCStrings([""], body) }
        return body(base)
    }
}
