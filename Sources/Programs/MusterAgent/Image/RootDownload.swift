import DeploymentModel
import ImageChunks
import MusterBase
import Synchronization

/// Fetches the chunks of a root file system into memory: several at a time, from all members, each verified against the
/// signed manifest and decrypted as it comes. What one member cannot give, or gives wrong, the next is asked for.
public struct RootDownload: Sendable {
    let pool: MemberPool
    let image: ImageReference
    let root: ImageManifest.Root
    let cipher: ChunkCipher
    /// Called when another tenth is there, with the percentage.
    let onProgress: @Sendable (Int) async -> Void
    /// Called with a line for people when something goes wrong that is mended here.
    let onTrouble: @Sendable (String) async -> Void

    /// Requests under way at the same time: enough to hide the way there and back, and the decryption.
    private static let parallel = 6

    public init(
        pool: MemberPool, image: ImageReference, root: ImageManifest.Root, cipher: ChunkCipher,
        onProgress: @escaping @Sendable (Int) async -> Void, onTrouble: @escaping @Sendable (String) async -> Void
    ) {
        self.pool = pool
        self.image = image
        self.root = root
        self.cipher = cipher
        self.onProgress = onProgress
        self.onTrouble = onTrouble
    }

    /// Fills the space.
    ///
    /// - Returns: the names of the members that gave something, in no order.
    /// - Throws: `verificationFailed` when what every member gave for a chunk was wrong; what the last member said, when
    ///   none gives it. The space keeps what came so far, and another run goes on with it.
    public func run(into space: RootSpace) async throws -> Set<String> {
        let plan = ChunkPlan(root, missing: { !space.has($0) })
        try await withThrowingTaskGroup(of: Void.self) { group in
            for _ in 0..<Self.parallel {
                group.addTask {
                    while let part = plan.next() {
                        try Task.checkCancellation()
                        try await fetch(part, plan: plan, into: space)
                    }
                }
            }
            try await group.waitForAll()
        }
        return plan.givers
    }

    private func fetch(_ part: ChunkPlan.Part, plan: ChunkPlan, into space: RootSpace) async throws {
        var wrong: [String] = []
        var last: MusterError?
        for member in plan.order(await pool.all, for: part) {
            do {
                let plain = try await plainChunk(part.chunk, from: member)
                let (before, now) = try keep(plain, part, in: space)
                plan.succeeded(member.name)
                let tenth = now * 10 / max(1, root.size)
                if tenth > before * 10 / max(1, root.size) { await onProgress(Int(tenth * 10)) }
                return
            } catch let error as SinkFailure {
                throw error.reason
            } catch let error as MusterError {
                if error.code == .verificationFailed { wrong.append("\(member.name): \(error.message)") }
                last = error
                if plan.failed(member.name) {
                    await onTrouble("\(member.name) is left alone for now: \(error)")
                    await pool.distrust(member)
                }
            }
        }
        guard wrong.isEmpty else { throw mismatch(part.chunk, wrong) }
        throw last ?? MusterError(.unavailable, "no member of the site is known")
    }

    private func plainChunk(_ chunk: ImageManifest.Chunk, from member: any MemberServer) async throws -> [UInt8] {
        let stored = try await member.file(chunk.path)
        return try cipher.open(stored, digest: chunk.digest, size: chunk.size)
    }

    /// This machine could not keep what came: no other member could mend that.
    private struct SinkFailure: Error { let reason: MusterError }

    private func keep(
        _ plain: [UInt8], _ part: ChunkPlan.Part, in space: RootSpace
    ) throws -> (before: Int64, now: Int64) {
        do {
            return try space.put(plain, index: part.index, at: part.offset)
        } catch let error as MusterError {
            throw SinkFailure(
                reason: MusterError(
                    error.code, error.message, advice: "this machine's memory: the image is kept there",
                    cause: error.cause))
        }
    }

    private func mismatch(_ chunk: ImageManifest.Chunk, _ wrong: [String]) -> MusterError {
        MusterError(
            .verificationFailed,
            "a chunk of the root file system of \(image) is refused: \(wrong.joined(separator: "; ")); "
                + "the signed manifest promises \(chunk.digest)",
            advice:
                "`muster image verify \(image)` on the server, its disk, and what stands between it and this machine")
    }
}

/// Which chunks are still to be fetched, and whom to ask first.
final class ChunkPlan: Sendable {
    struct Part: Sendable {
        let index: Int
        let offset: Int64
        let chunk: ImageManifest.Chunk
    }

    private struct State {
        /// In reverse order.
        var waiting: [Part] = []
        /// Failures of each member since it last gave a chunk.
        var failures: [String: Int] = [:]
        var givers: Set<String> = []
    }

    private let state: Mutex<State>

    init(_ root: ImageManifest.Root, missing: (Int) -> Bool) {
        var offset: Int64 = 0
        var waiting: [Part] = []
        for (index, chunk) in root.chunks.enumerated() {
            if missing(index) { waiting.append(Part(index: index, offset: offset, chunk: chunk)) }
            offset += Int64(chunk.size)
        }
        state = Mutex(State(waiting: waiting.reversed()))
    }

    var givers: Set<String> { state.withLock { $0.givers } }

    func next() -> Part? { state.withLock { $0.waiting.popLast() } }

    /// The members for one chunk: those that work before those that fail, and among equals another first for each
    /// chunk, so that all of them carry their share.
    func order(_ members: [any MemberServer], for part: Part) -> [any MemberServer] {
        guard !members.isEmpty else { return [] }
        let turned = (0..<members.count).map { members[($0 + part.index) % members.count] }
        let failures = state.withLock { $0.failures }
        return turned.enumerated().sorted { left, right in
            let (a, b) = (failures[left.element.name] ?? 0, failures[right.element.name] ?? 0)
            return (a, left.offset) < (b, right.offset)
        }.map(\.element)
    }

    func succeeded(_ member: String) {
        state.withLock { state in
            state.failures[member] = nil
            state.givers.insert(member)
        }
    }

    /// Returns true when it is this member's first failure since it last gave something.
    func failed(_ member: String) -> Bool {
        state.withLock { state in
            state.failures[member, default: 0] += 1
            return state.failures[member] == 1
        }
    }
}
