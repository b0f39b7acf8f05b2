import LinuxSystem
import MusterBase

/// A file or directory of this host that a program in a tree sees, too.
public struct BindMount: Hashable, Sendable {
    /// Absolute, on this host.
    public var source: String
    /// Absolute, in the tree.
    public var target: String
    public var isReadOnly: Bool

    public init(source: String, target: String, isReadOnly: Bool) {
        self.source = source
        self.target = target
        self.isReadOnly = isReadOnly
    }

    /// Reads `SOURCE[:TARGET[:ro]]`.
    ///
    /// - Parameter currentDirectory: What a relative source stands in.
    /// - Throws: ``MusterError`` `invalidInput` for what has another form, or a target that is no absolute path.
    public init(_ text: String, currentDirectory: String) throws(MusterError) {
        let parts = text.split(separator: ":", omittingEmptySubsequences: false).map(String.init)
        guard (1...3).contains(parts.count), !parts[0].isEmpty, parts.count < 3 || ["ro", "rw"].contains(parts[2])
        else { throw Self.error(text) }
        source = parts[0].hasPrefix("/") ? parts[0] : "\(currentDirectory)/\(parts[0])"
        target = parts.count > 1 ? parts[1] : source
        isReadOnly = parts.count == 3 && parts[2] == "ro"
        let components = target.split(separator: "/", omittingEmptySubsequences: true)
        guard target.hasPrefix("/"), !components.isEmpty, !components.contains("..") else { throw Self.error(text) }
    }

    private static func error(_ text: String) -> MusterError {
        MusterError(
            .invalidInput, "'\(text)' names nothing to show in the tree",
            advice: "allowed: SOURCE[:TARGET[:ro]], the target an absolute path without '..'")
    }

    /// Throws ``MusterError`` `notFound` when there is nothing at the source.
    func check() throws(MusterError) {
        guard Files.exists(source) else { throw MusterError(.notFound, "there is nothing at \(source) to show") }
    }
}
