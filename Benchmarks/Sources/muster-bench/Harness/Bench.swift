import Foundation

/// What all benchmarks share: where things are, how often is measured, and how programs are run.
struct Bench: Sendable {
    /// Where muster and musterd are.
    let programs: String
    /// An empty directory of this run; removed at its end.
    let work: String
    /// A directory that stays: built images, the peers that came from PyPI.
    let kept: String
    /// In front of the names of network namespaces.
    let prefix: String
    /// How often each program is measured.
    let rounds: Int
    /// Takes the rows of the benchmark that runs.
    let take: @Sendable (Row) -> Void

    var muster: String { "\(programs)/muster" }
    var musterd: String { "\(programs)/musterd" }

    /// Servers have one processor and the load has the other one, so that neither takes time from the other, and all
    /// servers have the same.
    static let serverProcessor = 0
    static let loadProcessor = 1
    /// Share of its processor that a server has to use for its speed to be its own, and not the load's.
    static let busyEnough = 0.9

    /// Hands a row to the report.
    func add(_ row: Row) { take(row) }

    func say(_ text: String) { FileHandle.standardError.write(Data("    \(text)\n".utf8)) }

    /// Runs a program to its end and returns its standard output. Throws when it ends with another code than 0.
    @discardableResult
    func run(
        _ arguments: [String], environment: [String: String] = [:], seconds: Double = 120,
        accepting codes: Set<Int32> = [0]
    ) throws -> String {
        let name = "\(work)/run-\(UInt64.random(in: 0 ... .max))"
        let (output, errors) = (name + ".out", name + ".err")
        defer {
            unlink(output)
            unlink(errors)
        }
        let process = try ChildProcess(arguments, environment: environment, log: errors, output: output)
        let code = try process.wait(seconds: seconds)
        let text = (try? String(contentsOfFile: output, encoding: .utf8)) ?? ""
        guard codes.contains(code) else {
            let said = ((try? String(contentsOfFile: errors, encoding: .utf8)) ?? "") + text
            let end = said.split(separator: "\n").suffix(3).joined(separator: " | ")
            throw BenchError("\(arguments.prefix(6).joined(separator: " ")) ended with \(code): \(end)")
        }
        return text
    }

    /// A directory of this run.
    func directory(_ name: String) throws -> String {
        let path = "\(work)/\(name)"
        try FileManager.default.createDirectory(
            atPath: path, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o755])
        return path
    }

    func write(_ text: String, to path: String) throws {
        try text.write(toFile: path, atomically: false, encoding: .utf8)
        chmod(path, 0o644)
    }

    /// A file of random octets: nothing on the way can make it smaller.
    func randomFile(_ path: String, octets: Int) throws {
        guard let source = fopen("/dev/urandom", "r"), let target = fopen(path, "w") else {
            throw BenchError("cannot write \(path)")
        }
        defer {
            fclose(source)
            fclose(target)
        }
        var buffer = [UInt8](repeating: 0, count: 1 << 20)
        var left = octets
        while left > 0 {
            let count = min(left, buffer.count)
            guard fread(&buffer, 1, count, source) == count, fwrite(buffer, 1, count, target) == count else {
                throw BenchError("cannot write \(path)")
            }
            left -= count
        }
        chmod(path, 0o644)
    }
}
