import CLinux
import MusterBase
import NIOCore
import NIOHTTP1
import Synchronization

/// Keeps small files in memory: boot scripts and scripts of stages, which thousands of nodes fetch at once. The kernel
/// is asked whether the path still leads to the same file with the same times and size: for each use, or for whole
/// answers after each tenth of a second.
final class SmallFileCache: Sendable {
    private struct Entry {
        let info: muster_file_info
        let file: OpenedFile
    }

    private struct State {
        var entries: [String: Entry] = [:]
        var octets = 0
        /// By the target of the request, where that is the path as it stands.
        var answers: [String: ReadyAnswer] = [:]
        var answerOctets = 0
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

    /// The whole answer to a plain request for a target, and how many octets of it are the file.
    ///
    /// - Parameter time: the kernel is asked about the file when a tenth of a second has passed since the last look.
    func answer(_ target: String, root: CInt, at time: Timestamp) -> (octets: ByteBuffer, size: Int)? {
        let date = CurrentDate.text()
        var known: (info: muster_file_info, relative: String)?
        let fresh = state.withLock { state -> (octets: ByteBuffer, size: Int)? in
            guard let index = state.answers.index(forKey: target) else { return nil }
            guard state.answers.values[index].isFresh(at: time) else {
                known = (state.answers.values[index].info, state.answers.values[index].relative)
                return nil
            }
            return (state.answers.values[index].octets(date: date), state.answers.values[index].size)
        }
        guard let known else { return fresh }
        var info = muster_file_info()
        let isSame = muster_stat_at(root, known.relative, &info) == 0 && same(info, known.info)
        return state.withLock { state in
            // Another thread may have put a newer one there, which counts the next time.
            guard let index = state.answers.index(forKey: target), same(state.answers.values[index].info, known.info)
            else { return nil }
            guard isSame else {
                state.answerOctets -= state.answers.remove(at: index).value.size
                return nil
            }
            state.answers.values[index].checkedAt = time
            return (state.answers.values[index].octets(date: date), state.answers.values[index].size)
        }
    }

    /// Keeps the answer of a file that is kept itself.
    func keepAnswer(_ target: String, path: String, headers: HTTPHeaders) {
        state.withLock { state in
            guard let entry = state.entries[path], case .memory(let content) = entry.file.source else { return }
            if state.answerOctets + content.readableBytes > SmallFileCache.capacity || state.answers.count >= 4096 {
                state.answers.removeAll()
                state.answerOctets = 0
            }
            let answer = ReadyAnswer(content, info: entry.info, headers: headers, relative: path)
            if let old = state.answers.updateValue(answer, forKey: target) { state.answerOctets -= old.size }
            state.answerOctets += answer.size
        }
    }

    private func same(_ left: muster_file_info, _ right: muster_file_info) -> Bool {
        left.device == right.device && left.inode == right.inode && left.size == right.size
            && left.modified == right.modified && left.changed == right.changed
    }
}
