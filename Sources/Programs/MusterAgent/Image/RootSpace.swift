import LinuxSystem
import MusterBase
import Synchronization

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif

/// The file that a root file system is put together in: its parts come in any order, and it knows which are there, so
/// that what came once is not asked for again.
public final class RootSpace: Sendable {
    private struct State {
        var present: Set<Int> = []
        var octets: Int64 = 0
    }

    public let path: String
    private let descriptor: Int32
    private let state = Mutex(State())

    /// Creates the file, or empties it.
    public init(_ path: String) throws {
        self.path = path
        descriptor = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw systemError("cannot create \(path)") }
    }

    deinit { close(descriptor) }

    /// Octets that are there.
    public var octets: Int64 { state.withLock { $0.octets } }

    public func has(_ index: Int) -> Bool { state.withLock { $0.present.contains(index) } }

    /// Puts a part at its place.
    ///
    /// - Parameter index: which part of the root it is.
    /// - Returns: how many octets were there before and are there now.
    public func put(_ bytes: [UInt8], index: Int, at offset: Int64) throws -> (before: Int64, now: Int64) {
        try PlacedOctets.write(bytes, to: descriptor, at: offset, orSay: "cannot write \(path)")
        return state.withLock { state in
            let before = state.octets
            if state.present.insert(index).inserted { state.octets += Int64(bytes.count) }
            return (before, state.octets)
        }
    }
}
