import MusterBase

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif

/// Who may do what with a file or directory.
public struct FilePermissions: Sendable, Hashable {
    /// The permission bits, such as 0o750.
    public let mode: UInt16
    public let owner: UInt32
    public let group: UInt32

    public init(mode: UInt16, owner: UInt32, group: UInt32) {
        self.mode = mode
        self.owner = owner
        self.group = group
    }

    /// Those of what has that name, links followed. Throws code `notFound` only when there is no such thing.
    public init(of path: String) throws(MusterError) {
        var status = stat()
        guard stat(path, &status) == 0 else { throw systemError("cannot look at \(path)") }
        self.init(mode: UInt16(status.st_mode & 0o7777), owner: status.st_uid, group: status.st_gid)
    }

    /// As the shell writes it: `0750`.
    public var text: String {
        let digits = String(mode, radix: 8)
        return String(repeating: "0", count: max(0, 4 - digits.count)) + digits
    }

    /// Whether somebody besides the owner, and the members of a group of its own, may write.
    public func isWritableByOthers(than ownGroup: UInt32) -> Bool {
        mode & 0o002 != 0 || (mode & 0o020 != 0 && group != ownGroup)
    }

    /// Whether somebody besides the owner may do anything.
    public var isOpenToOthers: Bool { mode & 0o077 != 0 }

    /// Throws code `forbidden` when others than the owner and a group of its own may write to `path`: they could put
    /// in what the service then trusts.
    public static func refuseWritableByOthers(_ path: String, ownGroup: UInt32) throws(MusterError) {
        let permissions = try FilePermissions(of: path)
        guard permissions.isWritableByOthers(than: ownGroup) else { return }
        throw MusterError(
            .forbidden, "others may write to \(path), its mode is \(permissions.text)",
            advice: "see that nothing in it is foreign, then run: chmod go-w \(path)")
    }

    /// Throws code `forbidden` when others than the owner may do anything with the directory at `path`.
    public static func refuseOpenToOthers(_ path: String) throws(MusterError) {
        let permissions = try FilePermissions(of: path)
        guard permissions.isOpenToOthers else { return }
        throw MusterError(
            .forbidden, "others than their owner may enter \(path), its mode is \(permissions.text)",
            advice: "run: chmod 0700 \(path)")
    }
}
