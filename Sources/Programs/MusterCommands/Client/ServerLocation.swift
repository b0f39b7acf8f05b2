import MusterAPI
import MusterBase

/// Where the service is looked for.
public struct ServerLocation: Sendable, Hashable {
    /// Path of its Unix socket.
    public let socket: String
    /// The state directory that the socket was derived from; nil when the socket itself was given.
    public let stateDirectory: StateDirectory?

    /// The socket of that state directory.
    public init(_ directory: StateDirectory) {
        socket = directory.socket
        stateDirectory = directory
    }

    /// Reads the value of `--server`: a path, or `unix:` and a path.
    ///
    /// - Throws: ``MusterError`` with code `invalidInput`.
    public init(option: String, currentDirectory: String) throws(MusterError) {
        let path = option.hasPrefix("unix:") ? String(option.dropFirst(5)) : option
        guard !path.isEmpty, !path.contains("://") else {
            throw MusterError(
                .invalidInput,
                "'\(option)' is no server: the path of musterd's socket is expected, such as "
                    + "\(StateDirectory.standard.socket)")
        }
        socket = path.hasPrefix("/") ? path : "\(currentDirectory)/\(path)"
        stateDirectory = nil
    }

    /// What to do when nobody answers there.
    var advice: String {
        guard let stateDirectory else { return "is musterd running with that socket?" }
        return stateDirectory.isStandard
            ? "start the service: systemctl start musterd"
            : "start the service: musterd --state-dir \(stateDirectory)"
    }
}
