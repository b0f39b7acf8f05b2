import LinuxSystem
import MusterBase

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif

extension CommandContext {
    /// The process's own streams, clock, environment and connections.
    public static func system(interrupts: Interrupts? = nil) -> CommandContext {
        let environment = processEnvironment()
        return CommandContext(
            output: DescriptorSink.standardOutput, errors: DescriptorSink.standardError,
            terminal: .current(environment: environment), clock: .system, zoneOffset: localZoneOffset,
            environment: environment, currentDirectory: workingDirectory(), isRoot: geteuid() == 0,
            exists: Files.exists, connect: { try SocketService($0) },
            readLine: { interrupts.map { $0.whileAsking { Swift.readLine() } } ?? Swift.readLine() },
            tools: SystemToolRunner(), pause: { try await Task.sleep(for: $0) },
            programDirectory: ownDirectory())
    }
}

private func processEnvironment() -> [String: String] {
    var variables: [String: String] = [:]
    var next = environ
    while let entry = next.pointee {
        let text = String(cString: entry)
        if let equals = text.firstIndex(of: "=") {
            variables[String(text[..<equals])] = String(text[text.index(after: equals)...])
        }
        next += 1
    }
    return variables
}

private func workingDirectory() -> String {
    guard let buffer = getcwd(nil, 0) else { return "/" }
    defer { free(buffer) }
    return String(cString: buffer)
}

/// The directory of this program's file, links followed.
private func ownDirectory() -> String {
    guard let path = Files.linkTarget("/proc/self/exe"), let slash = path.lastIndex(of: "/") else { return "/usr/bin" }
    return String(path[..<slash])
}

private func localZoneOffset(at time: Timestamp) -> Int {
    var seconds = time_t(time.seconds)
    var parts = tm()
    guard localtime_r(&seconds, &parts) != nil else { return 0 }
    return parts.tm_gmtoff
}
