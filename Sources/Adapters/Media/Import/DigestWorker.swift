import Crypto
import Dispatch
import MusterBase
import OSFamilies

/// Computes digests of files on a thread of its own, beside whoever reads and writes them.
///
/// One file at a time: ``begin(also:)``, ``update(_:)`` for each piece, ``finish()``. Pieces are copied, so that the caller
/// need not wait; a few are under way at most.
final class DigestWorker {
    struct Digests: Sendable {
        var content: ContentDigest
        /// Of the second algorithm, when one was asked for.
        var other: [UInt8]?
    }

    /// Touched on the queue alone.
    private final class State: @unchecked Sendable {
        var content = SHA256()
        var other: (any HashFunction)?
    }

    private static let depth = 4
    /// Smaller pieces are not worth another thread.
    private static let smallest = 128 << 10

    private let state = State()
    private let queue = DispatchQueue(label: "digests")
    private let slots = DispatchSemaphore(value: DigestWorker.depth)

    /// - Parameter also: an algorithm besides SHA-256.
    func begin(also algorithm: ExpectedChecksum.Algorithm?) {
        queue.sync {
            state.content = SHA256()
            switch algorithm {
            case .md5: state.other = Insecure.MD5()
            case .sha1: state.other = Insecure.SHA1()
            case .sha384: state.other = SHA384()
            case .sha512: state.other = SHA512()
            case .sha256, nil: state.other = nil
            }
        }
    }

    func update(_ piece: UnsafeRawBufferPointer) {
        if piece.count < Self.smallest {
            queue.sync { [state] in
                state.content.update(bufferPointer: piece)
                state.other?.update(bufferPointer: piece)
            }
            return
        }
        slots.wait()
        let copy = [UInt8](piece)
        queue.async { [state, slots] in
            copy.withUnsafeBytes {
                state.content.update(bufferPointer: $0)
                state.other?.update(bufferPointer: $0)
            }
            slots.signal()
        }
    }

    func finish() throws(MusterError) -> Digests {
        let (content, other) = queue.sync { [state] in (Array(state.content.finalize()), state.other?.octets()) }
        guard let digest = ContentDigest(octets: content) else {
            throw MusterError(.internalFailure, "a SHA-256 digest is not 32 octets long")
        }
        return Digests(content: digest, other: other)
    }
}

extension HashFunction {
    fileprivate func octets() -> [UInt8] { Array(finalize()) }
}
