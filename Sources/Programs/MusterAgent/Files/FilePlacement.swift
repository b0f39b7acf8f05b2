import LinuxSystem
import MusterBase

/// Puts files in their places: all of them, or none.
///
/// Each is written beside its target and brought to the disk first. Then they change names with what is there, one after the
/// other; when one cannot, those before it change back. A machine that loses its power in between has of each file the old
/// content or the new one, whole, and the next run does the rest.
package final class FilePlacement {
    /// A target that was prepared.
    private struct Prepared {
        let directory: InnerDirectory
        let name: String
        /// The new content's name; afterwards that of what was there.
        let beside: String
        let isReplaced: Bool
    }

    /// How the names begin of files that are not in their places yet.
    static let prefix = ".muster-sync."

    private let root: InnerRoot
    private var prepared: [Prepared] = []
    private var madeDirectories: [(directory: InnerDirectory, name: String)] = []
    private var directories: [String: InnerDirectory] = [:]
    /// Names of this run's own, which one directory may show under two paths.
    private var ownNames: Set<String> = []
    /// Called before each target changes, for tests.
    private let beforeEach: (String) throws -> Void

    package init(_ root: InnerRoot, beforeEach: @escaping (String) throws -> Void = { _ in }) {
        self.root = root
        self.beforeEach = beforeEach
    }

    /// - Throws: ``MusterError`` that names the file and says why; nothing is changed then.
    package func apply(_ changes: [FileChange]) throws {
        var placed = 0
        do {
            for change in changes { try naming(change.path) { try prepare(change) } }
            for (number, entry) in prepared.enumerated() {
                try naming("\(entry.directory.path)/\(entry.name)") { try place(entry) }
                placed = number + 1
            }
            for directory in directories.values { try directory.sync() }
        } catch {
            undo(placed)
            throw error
        }
        for entry in prepared where entry.isReplaced { entry.directory.remove(entry.beside) }
    }

    private func naming(_ path: String, _ body: () throws -> Void) throws {
        do {
            try body()
        } catch {
            let code = (error as? MusterError)?.code ?? .systemFailure
            throw MusterError(code, "putting \(path) in place; nothing was changed", cause: error)
        }
    }

    // MARK: Before anything changes

    private func prepare(_ change: FileChange) throws {
        let directory = try directory(FilePathText.parent(of: change.path))
        let name = FilePathText.lastComponent(of: change.path)
        let beside = Self.prefix + hexText(try KernelRandom.bytes(8))
        ownNames.insert(beside)
        switch change.content {
        case .directory:
            _ = try self.directory(change.path)
            return
        case .link(let text): try directory.createLink(beside, to: text)
        case .file(let content, let mode, let owner, let group):
            try directory.create(beside, content, mode: mode, owner: owner, group: group)
        }
        do {
            let isReplaced = try directory.entry(name) != nil
            prepared.append(Prepared(directory: directory, name: name, beside: beside, isReplaced: isReplaced))
        } catch {
            directory.remove(beside)
            throw error
        }
    }

    /// Opens a directory, and makes it and those above it when they are not there. What a run that was broken off left in
    /// it is removed.
    private func directory(_ path: String) throws -> InnerDirectory {
        if let known = directories[path] { return known }
        do {
            let found = try root.directory(path)
            for name in try found.names() where name.hasPrefix(Self.prefix) && !ownNames.contains(name) {
                found.remove(name)
            }
            directories[path] = found
            return found
        } catch let error as MusterError where error.code == .notFound && path != "/" {
            let above = try directory(FilePathText.parent(of: path))
            let name = FilePathText.lastComponent(of: path)
            try above.createDirectory(name)
            madeDirectories.append((above, name))
            let made = try root.directory(path)
            directories[path] = made
            return made
        }
    }

    // MARK: The change, and back

    private func place(_ entry: Prepared) throws {
        try beforeEach(entry.name)
        if entry.isReplaced {
            try entry.directory.exchange(entry.beside, with: entry.name)
        } else {
            try entry.directory.rename(entry.beside, toNew: entry.name)
        }
    }

    private func undo(_ placed: Int) {
        for (number, entry) in prepared.enumerated().reversed() {
            guard number < placed else {
                entry.directory.remove(entry.beside)
                continue
            }
            guard entry.isReplaced else {
                entry.directory.remove(entry.name)
                continue
            }
            // What was there is not removed before it is back.
            guard (try? entry.directory.exchange(entry.beside, with: entry.name)) != nil else { continue }
            entry.directory.remove(entry.beside)
        }
        for made in madeDirectories.reversed() { made.directory.removeDirectory(made.name) }
    }
}
