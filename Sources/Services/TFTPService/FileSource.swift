import CLinux
import Glibc
import NIOCore
import TFTPWire

/// What a request asked for, found and not yet read.
enum RequestedFile: Sendable {
    case file(FileDescriptor, FileIdentity)
    /// Converted for mode netascii.
    case text([UInt8])

    var size: Int64 {
        switch self {
        case .file(_, let identity): identity.size
        case .text(let octets): Int64(octets.count)
        }
    }

    /// The same content as mode netascii sends it; nil when it cannot be read.
    func asNetascii() -> RequestedFile? {
        guard case .file(let descriptor, let identity) = self else { return self }
        let whole = descriptor.read(from: 0, count: Int(identity.size))
        return whole.count == Int(identity.size) ? .text(netascii(whole)) : nil
    }
}

/// A file as it was when it was opened: one that was changed or replaced since is another.
struct FileIdentity: Sendable, Hashable {
    let device: UInt64
    let inode: UInt64
    /// In octets.
    let size: Int64
    /// Nanoseconds since 1970.
    let (modified, changed): (Int64, Int64)

    init(_ info: muster_file_info) {
        (device, inode, size) = (info.device, info.inode, info.size)
        (modified, changed) = (info.modified, info.changed)
    }
}

/// An open file, closed with the last reference.
final class FileDescriptor: Sendable {
    let number: CInt

    init(_ number: CInt) { self.number = number }

    deinit { close(number) }

    /// Fewer octets than asked for where the file ends or cannot be read.
    func read(from start: Int64, count: Int) -> [UInt8] {
        [UInt8](unsafeUninitializedCapacity: count) { space, filled in
            while filled < count {
                let got = pread(
                    number, space.baseAddress.map { $0 + filled }, count - filled, off_t(start + Int64(filled)))
                if got < 0, errno == EINTR { continue }
                guard got > 0 else { return }
                filled += got
            }
        }
    }
}

/// Pieces of the files that are being sent. A rack that is switched on loads the same loader a thousand times at
/// different speeds: the pieces are the same for all, and are read once. For one thread.
final class FilePieces {
    struct Piece {
        /// Its place in the file.
        let start: Int64
        let octets: [UInt8]

        func contains(_ range: Range<Int64>) -> Bool {
            range.lowerBound >= start && range.upperBound <= start + Int64(octets.count)
        }
    }

    private struct Key: Hashable {
        let file: FileIdentity
        let start: Int64
    }

    /// In octets.
    static let length: Int64 = 131_072
    /// A block that begins in a piece lies in it whole: the longest one has so many octets (RFC 2348).
    private static let overlap: Int64 = 65_464
    /// Some fifty megabytes, beside what transfers hold themselves.
    private static let kept = 256

    private var pieces: [Key: Piece] = [:]
    private var order: CircularBuffer<Key> = []

    /// The piece of a file in which a place lies; nil when the file cannot be read or has become shorter.
    func piece(of file: RequestedFile, at place: Int64) -> Piece? {
        switch file {
        case .text(let octets): return Piece(start: 0, octets: octets)
        case .file(let descriptor, let identity):
            let start = place / FilePieces.length * FilePieces.length
            let key = Key(file: identity, start: start)
            if let found = pieces[key] { return found }
            let count = Int(max(0, min(identity.size - start, FilePieces.length + FilePieces.overlap)))
            let piece = Piece(start: start, octets: descriptor.read(from: start, count: count))
            guard piece.octets.count == count else { return nil }
            if order.count >= FilePieces.kept { pieces[order.removeFirst()] = nil }
            pieces[key] = piece
            order.append(key)
            return piece
        }
    }
}
