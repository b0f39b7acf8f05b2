import CZstd
import DiskFormats
import MusterBase
import Synchronization

/// Compresses blocks with libzstd, on as many threads as call it: each uses a context that no other does. The same octets
/// always give the same result with the same level and library.
final class ZstandardCompressor: SquashfsCompressor, Sendable {
    /// 1 to 22.
    let level: Int
    private let idle = Mutex<[Context]>([])

    /// Such as 10504 for 1.5.4.
    static var libraryVersion: UInt32 { UInt32(ZSTD_versionNumber()) }

    /// Used by one thread at a time.
    private final class Context: @unchecked Sendable {
        let pointer: OpaquePointer

        init(level: Int) throws {
            guard let pointer = ZSTD_createCCtx() else {
                throw MusterError(.exhausted, "no memory for compressing")
            }
            self.pointer = pointer
            let result = ZSTD_CCtx_setParameter(pointer, ZSTD_c_compressionLevel, Int32(level))
            guard ZSTD_isError(result) == 0 else {
                throw MusterError(.invalidInput, "zstd has no compression level \(level)")
            }
        }

        deinit { ZSTD_freeCCtx(pointer) }
    }

    /// Throws ``MusterError`` `invalidInput` for a level that zstd does not have.
    init(level: Int) throws {
        guard (1...Int(ZSTD_maxCLevel())).contains(level) else {
            throw MusterError(.invalidInput, "zstd has no compression level \(level)")
        }
        self.level = level
    }

    func compress(_ octets: [UInt8]) throws -> [UInt8]? {
        let context = try idle.withLock { $0.popLast() } ?? Context(level: level)
        defer { idle.withLock { $0.append(context) } }
        var failure: Int?
        let compressed = [UInt8](unsafeUninitializedCapacity: ZSTD_compressBound(octets.count)) { buffer, count in
            let size = octets.withUnsafeBytes {
                ZSTD_compress2(context.pointer, buffer.baseAddress, buffer.count, $0.baseAddress, $0.count)
            }
            if ZSTD_isError(size) == 0 { count = size } else { failure = size }
        }
        if let failure {
            let reason = ZSTD_getErrorName(failure).map { String(cString: $0) } ?? "unknown"
            throw MusterError(.internalFailure, "compressing a block: \(reason)")
        }
        return compressed.count < octets.count ? compressed : nil
    }
}
