import CLinux
import NIOCore
import Synchronization

/// Keeps small files in memory: boot scripts and scripts of stages, which thousands of nodes fetch at once. Each use
/// asks the kernel whether the path still leads to the same file with the same times and size.
final class SmallFileCache: Sendable {
    private struct Entry {
        let info: muster_file_info
        let file: OpenedFile
    }

    private struct State {
        var entries: [String: Entry] = [:]
        var octets = 0
    }

    /// Octets of the largest file that is kept.
    static let largestFile = 65_536
    private static let capacity = 16 << 20
    private let state = Mutex(State())

    func find(_ path: String, root: CInt) -> OpenedFile? {
        guard let entry = state.withLock({ $0.entries[path] }) else { return nil }
        var info = muster_file_info()
        if muster_stat_at(root, path, &info) == 0, same(info, entry.info) { return entry.file }
        state.withLock { state in
            guard let old = state.entries.removeValue(forKey: path) else { return }
            state.octets -= Int(old.info.size)
        }
        return nil
    }

    func keep(_ file: OpenedFile, info: muster_file_info, path: String) {
        state.withLock { state in
            if state.octets + Int(info.size) > SmallFileCache.capacity || state.entries.count >= 4096 {
                state = State()
            }
            if let old = state.entries.updateValue(Entry(info: info, file: file), forKey: path) {
                state.octets -= Int(old.info.size)
            }
            state.octets += Int(info.size)
        }
    }

    private func same(_ left: muster_file_info, _ right: muster_file_info) -> Bool {
        left.device == right.device && left.inode == right.inode && left.size == right.size
            && left.modified == right.modified && left.changed == right.changed
    }
}
