import LinuxSystem
import MusterBase

/// One change to the root file system of a node, before it is started.
public enum RootChange: Sendable, Hashable {
    /// Puts a file there, in the place of what may be there, also of a link.
    case file(path: String, content: [UInt8], mode: UInt16)
    /// Makes a symbolic link, in the place of a file or link that may be there.
    case link(path: String, target: String)
    case directory(path: String, mode: UInt16)

    /// A text file that all may read.
    public static func text(_ path: String, _ content: String, mode: UInt16 = 0o644) -> RootChange {
        .file(path: path, content: Array(content.utf8), mode: mode)
    }

    /// The absolute path within the root file system.
    public var path: String {
        switch self {
        case .file(let path, _, _), .link(let path, _), .directory(let path, _): path
        }
    }
}

/// The root file system that is made ready.
public struct RootTree: Sendable {
    /// Where it is mounted.
    public let mountPoint: String

    public init(at mountPoint: String) { self.mountPoint = mountPoint }

    public func exists(_ path: String) -> Bool { Files.exists(mountPoint + path) }

    /// The text of a file; nil when it is not there.
    public func text(_ path: String) -> String? { try? Files.readText(mountPoint + path, limit: 16 << 20) }

    public func apply(_ changes: [RootChange]) throws {
        for change in changes { try apply(change) }
    }

    private func apply(_ change: RootChange) throws {
        let path = mountPoint + change.path
        switch change {
        case .directory(_, let mode):
            try Files.createDirectory(path, mode: mode)
            try Files.setMode(path, mode)
        case .link(_, let target):
            try Files.createDirectory(FilePathText.parent(of: path))
            try Files.link(path, to: target)
        case .file(_, let content, let mode):
            try Files.createDirectory(FilePathText.parent(of: path))
            // A link would be followed, out of the new root and into the one that is about to go.
            if Files.linkTarget(path) != nil { try Files.remove(path) }
            try Files.write(content, to: path, mode: mode)
        }
    }
}
