import Crypto
import Dispatch
import MusterBase
import OSFamilies

/// Computes digests of files beside whoever reads and writes them: SHA-256 on one thread, another algorithm, which a medium's
/// own list may want, on a second.
///
/// One file at a time: ``begin(also:)``, ``update(_:)`` for each piece, ``finish()``. Pieces are copied, so that the caller
/// need not wait; a few are under way at most.
final class DigestWorker {
    struct Digests: Sendable {
        var content: ContentDigest
        /// Of the second algorithm, when one was asked for.
        var other: [UInt8]?
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
    private let other = Lane("digests of lists")
    private var hasOther = false

    /// - Parameter also: an algorithm besides SHA-256.
    func begin(also algorithm: ExpectedChecksum.Algorithm?) {
        content.begin(SHA256())
        hasOther = true
        switch algorithm {
        case .md5: other.begin(Insecure.MD5())
        case .sha1: other.begin(Insecure.SHA1())
        case .sha384: other.begin(SHA384())
        case .sha512: other.begin(SHA512())
        case .sha256, nil: hasOther = false
        }
    }

    func update(_ piece: UnsafeRawBufferPointer) {
        guard piece.count >= Self.smallest else {
            content.update(piece)
            if hasOther { other.update(piece) }
            return
        }
        let copy = [UInt8](piece)
        content.updateLater(copy)
        if hasOther { other.updateLater(copy) }
    }

    func finish() throws(MusterError) -> Digests {
        guard let digest = ContentDigest(octets: content.finish()) else {
            throw MusterError(.internalFailure, "a SHA-256 digest is not 32 octets long")
        }
        return Digests(content: digest, other: hasOther ? other.finish() : nil)
    }
}

extension HashFunction {
    fileprivate func octets() -> [UInt8] { Array(finalize()) }
}
