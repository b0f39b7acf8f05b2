import Logging

/// Logs nothing.
package let quietLogger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
