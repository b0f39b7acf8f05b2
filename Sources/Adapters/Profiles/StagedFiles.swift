import LinuxSystem
import MusterBase

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif

/// Changes of several files of a directory, all of which are made or none: new texts are on the disk before the first one gets
/// its name, and what was there is put back when one cannot have it.
package struct StagedFiles {
    private struct Change {
        let path: String
        /// Nil for a removal.
        let staged: String?
    }

    let directory: String
    /// On the same file system; nothing else is in it.
    let staging: String
    private var changes: [Change] = []

    package init(directory: String, staging: String) {
        self.directory = directory
        self.staging = staging
    }

    /// Removes what a killed run left.
    package func begin() throws {
        try FileTree.remove(staging)
        try Files.createDirectory(staging)
    }

    /// - Parameter path: below the directory. A file that is there keeps its mode.
    package mutating func write(_ bytes: [UInt8], to path: String) throws {
        let target = "\(directory)/\(path)"
        let mode = (try? FilePermissions(of: target))?.mode ?? 0o644
        let staged = "\(staging)/\(changes.count)"
        try AtomicFile.write(bytes, to: staged, mode: mode)
        changes.append(Change(path: target, staged: staged))
    }

    package mutating func remove(_ path: String) { changes.append(Change(path: "\(directory)/\(path)", staged: nil)) }

    package func commit() throws {
        var done: [(path: String, former: String?)] = []
        do {
            for (number, change) in changes.enumerated() {
                let former = try setAside(change.path, number)
                done.append((change.path, former))
                guard let staged = change.staged else {
                    try Files.remove(change.path)
                    continue
                }
                try Files.createDirectory(FilePathText.parent(of: change.path))
                guard rename(staged, change.path) == 0 else { throw systemError("cannot write \(change.path)") }
            }
        } catch {
            for (path, former) in done.reversed() {
                if let former { _ = rename(former, path) } else { unlink(path) }
            }
            throw error
        }
        for change in changes { try? AtomicFile.syncDirectory(of: change.path) }
    }

    /// A second name for what is there, so that it is never without one; nil when nothing is.
    private func setAside(_ path: String, _ number: Int) throws -> String? {
        let former = "\(staging)/\(number).former"
        if link(path, former) == 0 { return former }
        guard errno == ENOENT else { throw systemError("cannot give \(path) a second name") }
        return nil
    }

    package func discard() { try? FileTree.remove(staging) }
}
