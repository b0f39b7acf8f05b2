import ArgumentParser
import Glibc
import LinuxSystem
import Logging
import Metrics
import MusterAPI
import MusterBase
import Telemetry

/// `musterd`: reads its settings, then serves until it is told to stop.
public struct DaemonCommand: AsyncParsableCommand {
    public static let configuration = CommandConfiguration(
        commandName: "musterd",
        abstract: "The Muster service: boots machines and deploys operating systems onto them.",
        discussion: """
            It serves the networks that its settings name, and no other. Without any it opens only the operators' socket.

            Example: musterd --state-dir /var/lib/muster
            """,
        version: MusterVersion.current)

    @Option(name: .long, help: "Where the state is kept (else MUSTER_STATE_DIR, else /var/lib/muster).")
    var stateDir: String?

    @Option(
        name: .long, help: "The settings file (else /etc/muster/muster.yaml, or muster.yaml in the state directory).")
    var settings: String?

    @Flag(name: .long, help: "Check the settings, say what would be served, and end.")
    var checkSettings = false

    public init() {}

    public func run() async throws {
        EventLoops.fitProcessors()
        DescriptorLimit.raise()
        do {
            let directory = try StateDirectory.resolve(
                option: stateDir, environment: environmentVariables(), isRoot: geteuid() == 0,
                currentDirectory: currentDirectory())
            let file = settings ?? directory.settingsFile
            let values = try Settings.read(file, isRequired: settings != nil)
            guard !checkSettings else {
                print(values.summary)
                for warning in values.warnings(hasInterface: Settings.hasInterface) {
                    let line = Array("musterd: warning: \(warning)\n".utf8)
                    _ = write(STDERR_FILENO, line, line.count)
                }
                return
            }
            LoggingSystem.bootstrap { label in
                var handler = StreamLogHandler.standardError(label: label)
                handler.logLevel = Logger.Level(rawValue: values.logLevel) ?? .info
                return handler
            }
            let metrics = MetricsRegistry()
            MetricsSystem.bootstrap(metrics)
            try await Daemon(
                directory: directory, settings: values, metrics: metrics, logger: Logger(label: "musterd")
            ).run()
        } catch let error as MusterError {
            let line = Array("musterd: \(error)\n".utf8)
            _ = write(STDERR_FILENO, line, line.count)
            throw ExitCode(error.exitCode)
        }
    }
}

private func environmentVariables() -> [String: String] {
    var variables: [String: String] = [:]
    var position = environ
    while let entry = position.pointee {
        let parts = String(cString: entry).split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
        if parts.count == 2 { variables[String(parts[0])] = String(parts[1]) }
        position += 1
    }
    return variables
}

private func currentDirectory() -> String {
    guard let path = getcwd(nil, 0) else { return "/" }
    defer { free(path) }
    return String(cString: path)
}
