import Crypto
import Dispatch
import MusterBase
import OSFamilies

/// Computes digests of files beside whoever reads and writes them: SHA-256 on one thread, each other algorithm that a medium's
/// own lists want on another.
///
/// One file at a time: ``begin(also:)``, ``update(_:)`` for each piece, ``finish()``. Pieces are copied, so that the caller
/// need not wait; a few are under way at most.
final class DigestWorker {
    struct Digests: Sendable {
        var content: ContentDigest
        /// Of the algorithms that were asked for besides.
        var others: [ExpectedChecksum.Algorithm: [UInt8]] = [:]
    }

    /// One algorithm, and the thread that alone touches it.
    private final class Lane: @unchecked Sendable {
        private var hash: any HashFunction = SHA256()
        private let queue: DispatchQueue
        private let slots = DispatchSemaphore(value: 4)

        init(_ label: String) { queue = DispatchQueue(label: label) }

        func begin(_ new: any HashFunction) { queue.sync { hash = new } }

        func update(_ piece: UnsafeRawBufferPointer) { queue.sync { hash.update(bufferPointer: piece) } }

        func updateLater(_ piece: [UInt8]) {
            slots.wait()
            queue.async { [self] in
                piece.withUnsafeBytes { hash.update(bufferPointer: $0) }
                slots.signal()
            }
        }

        func finish() -> [UInt8] { queue.sync { hash.octets() } }
    }

    /// Smaller pieces are not worth another thread.
    private static let smallest = 128 << 10

    private let content = Lane("digests of contents")
    /// Made when they are first wanted.
    private var others: [ExpectedChecksum.Algorithm: Lane] = [:]
    /// Those of this file.
    private var wanted: [ExpectedChecksum.Algorithm: Lane] = [:]

    /// - Parameter also: algorithms besides SHA-256.
    func begin(also algorithms: Set<ExpectedChecksum.Algorithm>) {
        content.begin(SHA256())
        wanted = [:]
        for algorithm in algorithms where algorithm != .sha256 {
            let lane = others[algorithm] ?? Lane("digests of lists")
            others[algorithm] = lane
            wanted[algorithm] = lane
            switch algorithm {
            case .md5: lane.begin(Insecure.MD5())
            case .sha1: lane.begin(Insecure.SHA1())
            case .sha256: break
            case .sha384: lane.begin(SHA384())
            case .sha512: lane.begin(SHA512())
            }
        }
    }

    func update(_ piece: UnsafeRawBufferPointer) {
        guard piece.count >= Self.smallest else {
            content.update(piece)
            for lane in wanted.values { lane.update(piece) }
            return
        }
        let copy = [UInt8](piece)
        content.updateLater(copy)
        for lane in wanted.values { lane.updateLater(copy) }
    }

    func finish() throws(MusterError) -> Digests {
        guard let digest = ContentDigest(octets: content.finish()) else {
            throw MusterError(.internalFailure, "a SHA-256 digest is not 32 octets long")
        }
        return Digests(content: digest, others: wanted.mapValues { $0.finish() })
    }
}

extension HashFunction {
    fileprivate func octets() -> [UInt8] { Array(finalize()) }
}
