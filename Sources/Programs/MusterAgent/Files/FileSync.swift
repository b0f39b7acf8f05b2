import Crypto
import LinuxSystem
import MusterAPI
import MusterBase
import NIOPosix

/// Brings the files that a profile has for this node into a root file system: all of them, or none.
package struct FileSync: Sendable {
    /// The step that it belongs to: ``Step/post``, ….
    let name: String
    let pool: MemberPool
    let key: AgentKey
    let reporter: EventReporter
    /// Where the root file system is mounted.
    let root: String
    /// The file system is on a disk, and is brought there.
    var isLasting = false

    package init(
        name: String, pool: MemberPool, key: AgentKey, reporter: EventReporter, root: String, isLasting: Bool = false
    ) {
        self.name = name
        self.pool = pool
        self.key = key
        self.reporter = reporter
        self.root = root
        self.isLasting = isLasting
    }

    /// How often the list is asked for when files change while they are fetched.
    private static let attempts = 5

    /// - Throws: ``MusterError`` that names the file and says why; nothing was changed then.
    package func run() async throws {
        for attempt in 1... {
            let files = try await waiting { try await $0.files(key: key) }.files
            guard !files.isEmpty else { return }
            do {
                return try await bring(files)
            } catch let error as MusterError where error.code == .notFound && attempt < Self.attempts {
                // A file of the list is not there by now: there is another list.
                await reporter.record(name, .retrying, "\(error)")
                try await Task.sleep(for: .milliseconds(500))
            }
        }
    }

    private func bring(_ files: [SyncedFile]) async throws {
        let tree = try InnerRoot(root)
        let contents = try await fetch(files, tree)
        let number: Int
        do {
            number = try await NIOThreadPool.singleton.runIfActive {
                var plan = FilePlan(tree)
                try plan.add(files, contents: contents)
                let changes = try plan.changes()
                try FilePlacement(tree).apply(changes)
                if isLasting, !changes.isEmpty { try AtomicFile.syncFileSystem(of: root) }
                return changes.count
            }
        } catch let error as MusterError {
            throw MusterError(
                .conflict, "files of the profile cannot be put in place", advice: error.advice, cause: error)
        }
        let rest = max(0, files.count - number)
        await reporter.record(
            name, .progress, "files of the profile: \(number) written, \(rest) as they should be")
    }

    /// All contents by their digests; those that are in their places already are not asked for.
    private func fetch(_ files: [SyncedFile], _ tree: InnerRoot) async throws -> [ContentDigest: [UInt8]] {
        var contents: [ContentDigest: [UInt8]] = [:]
        for file in files {
            guard let digest = file.digest, contents[digest] == nil else { continue }
            if let here = try? tree.read(file.target, limit: Int(SyncedFile.largest)), Self.digest(of: here) == digest {
                contents[digest] = here
                continue
            }
            contents[digest] = try await waiting { member in
                let bytes = try await member.content(digest, key: key)
                guard Self.digest(of: bytes) == digest else {
                    throw MusterError(
                        .verificationFailed, "\(file.target) of \(member.name) is not the one that was meant",
                        advice: "whether a file of the profile was changed just now")
                }
                return bytes
            }
        }
        return contents
    }

    private static func digest(of bytes: [UInt8]) -> ContentDigest? { ContentDigest(octets: SHA256.hash(data: bytes)) }

    /// Waits for as long as no member answers, as scripts do.
    private func waiting<Answer: Sendable>(
        _ body: @Sendable (any MemberServer) async throws -> Answer
    ) async throws -> Answer {
        try await pool.waiting(reporter, name, body)
    }
}
