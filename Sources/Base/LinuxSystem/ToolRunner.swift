import MusterBase

/// An external program. All that Muster runs are named in Tools.swift.
public struct Tool: Sendable, Hashable {
    public let name: String
    /// Absolute paths, in the order in which they are tried.
    public let candidates: [String]
    /// The Debian package that has it, for the advice when it is missing.
    public let package: String?

    public init(_ name: String, candidates: [String], package: String?) {
        self.name = name
        self.candidates = candidates
        self.package = package
    }
}

/// What a program left behind.
public struct ToolResult: Sendable {
    /// The exit status; 128 and the number of the signal for a program that died of one, as shells count.
    public let exitCode: Int32
    /// The first ``ToolOptions/outputLimit`` octets.
    public let standardOutput: [UInt8]
    /// The last ``ToolOptions/outputLimit`` octets: what a program says last is why it failed.
    public let standardError: [UInt8]
    /// True when some of the output was dropped for the limit.
    public let isTruncated: Bool

    public init(exitCode: Int32, standardOutput: [UInt8], standardError: [UInt8], isTruncated: Bool = false) {
        self.exitCode = exitCode
        self.standardOutput = standardOutput
        self.standardError = standardError
        self.isTruncated = isTruncated
    }

    /// Standard output as text, octets that are not UTF-8 replaced.
    public var text: String { String(decoding: standardOutput, as: UTF8.self) }
}

/// How a program is run.
public struct ToolOptions: Sendable {
    /// Added to this process's own environment.
    public var environment: [String: String]
    /// ``environment`` is all that the program has; nothing of this process's own.
    public var environmentIsWhole = false
    public var workingDirectory: String?
    /// Written to the program, then closed; empty for none (`/dev/null`).
    public var standardInput: [UInt8]
    /// Writes the program's input a piece at a time, in the place of ``standardInput``, for what is too much to be held
    /// in memory. Returns early when a write throws, which it does when the program has ended; an error of its own
    /// makes the run fail, since a program cannot tell that its input was cut short.
    public var inputProducer: (@Sendable (ToolInput) async throws -> Void)?
    /// How many octets of each output stream are kept.
    public var outputLimit: Int
    /// Called with each line of both streams as it comes, without its line feed. Calls do not overlap.
    public var onOutputLine: (@Sendable (String) -> Void)?
    /// Takes standard output a piece at a time, for what is too much to be held in memory; nothing of it is kept then,
    /// nor given to ``onOutputLine``. The program waits while this works; an error ends it and makes the run fail.
    public var outputSink: (@Sendable ([UInt8]) throws -> Void)?
    /// Starts the program as head of its own process group, so that a cancelled run ends its children too. A program
    /// in the caller's group (false, the default) gets the terminal's Ctrl-C itself.
    public var ownProcessGroup: Bool
    /// Kills the program and its children when this process ends, however that happens, SIGKILL included. Implies
    /// ``ownProcessGroup``; a child that leaves that group outlives it all the same.
    public var endsWithCaller: Bool
    /// How long a cancelled program may take to obey SIGTERM before it gets SIGKILL.
    public var gracePeriod: Duration

    public init(
        environment: [String: String] = [:], workingDirectory: String? = nil, standardInput: [UInt8] = [],
        outputLimit: Int = 1 << 20, onOutputLine: (@Sendable (String) -> Void)? = nil, ownProcessGroup: Bool = false,
        endsWithCaller: Bool = false, gracePeriod: Duration = .seconds(5),
        inputProducer: (@Sendable (ToolInput) async throws -> Void)? = nil,
        outputSink: (@Sendable ([UInt8]) throws -> Void)? = nil
    ) {
        self.environment = environment
        self.workingDirectory = workingDirectory
        self.standardInput = standardInput
        self.outputLimit = outputLimit
        self.onOutputLine = onOutputLine
        self.ownProcessGroup = ownProcessGroup
        self.endsWithCaller = endsWithCaller
        self.gracePeriod = gracePeriod
        self.inputProducer = inputProducer
        self.outputSink = outputSink
    }
}

/// Where a ``ToolOptions/inputProducer`` writes to.
public struct ToolInput: Sendable {
    /// Thrown by ``write`` when the program takes no more.
    public struct Closed: Error, Sendable {
        public init() {}
    }

    /// Gives octets to the program; returns when it has taken them.
    public let write: @Sendable ([UInt8]) async throws -> Void

    public init(write: @escaping @Sendable ([UInt8]) async throws -> Void) { self.write = write }
}

/// Runs external programs: the system's in programs, a scripted one in tests.
public protocol ToolRunner: Sendable {
    /// Runs the program to its end, with these arguments, no shell between. A cancelled task ends the program.
    ///
    /// Throws ``MusterError`` with code `systemFailure` when the program cannot be started, and with `cancelled` when
    /// the task was cancelled. An exit status other than 0 is no error here.
    func run(_ tool: Tool, _ arguments: [String], _ options: ToolOptions) async throws -> ToolResult
}

extension ToolRunner {
    /// Runs the program with the options' defaults.
    public func run(_ tool: Tool, _ arguments: [String]) async throws -> ToolResult {
        try await run(tool, arguments, ToolOptions())
    }

    /// Runs the program and throws `systemFailure`, with the program's last words, unless it ends with status 0.
    ///
    /// - Parameter doing: What is being done, as in "packing the root file system of debian-12".
    public func check(
        _ tool: Tool, _ arguments: [String], _ options: ToolOptions = ToolOptions(), doing: String
    ) async throws -> ToolResult {
        let result = try await run(tool, arguments, options)
        guard result.exitCode == 0 else { throw Self.failure(of: tool, result, doing: doing) }
        return result
    }

    /// The lines that say why a program failed: those that call themselves errors, in the way of apt, dpkg and most
    /// others, else the last. A full disk, which is behind whatever else is told, is always among them.
    ///
    /// - Parameter others: what was said on the other stream.
    private static func tellingLines(_ lines: [Substring], _ others: [Substring]) -> [Substring] {
        let fullDisk = (lines + others).filter { $0.contains("No space left on device") }.prefix(1)
        // The programs that stand around the one that failed say last that it did.
        var seen: Set<Substring> = []
        let telling = (fullDisk + lines.filter(isError)).filter { seen.insert($0).inserted }.prefix(2)
        // One that was said last stands alone without what came before.
        let isLast = lines.last.map(telling.contains) ?? true
        let rest = lines.suffix(isLast ? 3 : 1).filter { !telling.contains($0) }
        return telling + rest
    }

    private static func isError(_ line: Substring) -> Bool {
        let lower = line.lowercased()
        // dpkg's list of packages that failed is headed by "Errors were encountered".
        if lower.hasPrefix("errors were encountered") { return false }
        return line.hasPrefix("E:") || lower.hasPrefix("error") || lower.contains(": error")
    }

    private static func lines(_ words: [UInt8]) -> [Substring] {
        String(decoding: words, as: UTF8.self).split(whereSeparator: \.isNewline)
            .map { $0.trimmingPrefix(while: \.isWhitespace) }.filter { !$0.isEmpty }
    }

    private static func failure(of tool: Tool, _ result: ToolResult, doing: String) -> MusterError {
        let errors = lines(result.standardError)
        let output = lines(result.standardOutput)
        let code = result.exitCode
        let ending = code > 128 ? "was ended by signal \(code - 128)" : "failed with status \(code)"
        let last = (errors.isEmpty ? tellingLines(output, []) : tellingLines(errors, output)).joined(separator: " | ")
        return MusterError(.systemFailure, "\(doing): \(tool.name) \(ending)" + (last.isEmpty ? "" : ": \(last)"))
    }
}
