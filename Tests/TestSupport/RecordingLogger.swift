import Logging

/// Keeps each line: its message and metadata as one text.
package struct RecordingLogHandler: LogHandler {
    package var logLevel = Logger.Level.trace
    package var metadata: Logger.Metadata = [:]
    private let lines: Recorder<String>

    package init(_ lines: Recorder<String>) { self.lines = lines }

    package subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    package func log(event: LogEvent) {
        lines.add("\(event.level) \(event.message) \(event.metadata ?? [:])")
    }
}

/// A logger whose lines go to a recorder.
package func recordingLogger(_ lines: Recorder<String>) -> Logger {
    Logger(label: "test") { _ in RecordingLogHandler(lines) }
}
