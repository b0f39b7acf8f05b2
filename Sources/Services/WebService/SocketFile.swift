import Glibc
import MusterBase
import NIOCore
import NIOPosix

/// The file of a Unix socket. It appears under its name only when it has its final mode and owner, and takes the place
/// of one that a killed process has left.
enum SocketFile {
    /// Throws `conflict` when a process still listens there, or something else than a socket has the name.
    static func checkFree(_ path: String, group: any EventLoopGroup) async throws {
        var status = stat()
        guard lstat(path, &status) == 0 else { return }
        guard status.st_mode & S_IFMT == S_IFSOCK else {
            throw MusterError(.conflict, "\(path) exists and is no socket")
        }
        let bootstrap = ClientBootstrap(group: group).connectTimeout(.seconds(2))
        guard let channel = try? await bootstrap.connect(unixDomainSocketPath: path).get() else { return }
        try? await channel.close()
        throw MusterError(.conflict, "another musterd serves \(path)", advice: "stop it first")
    }

    /// In the same directory, so that it can be renamed.
    static func temporaryPath(for path: String) throws -> String {
        let temporary = path + ".new"
        guard temporary.utf8.count < 108 else {
            throw MusterError(.invalidInput, "the path \(path) is too long for a socket: at most 103 octets")
        }
        return temporary
    }

    static func publish(_ temporary: String, as path: String, mode: UInt32, group: UInt32?) throws {
        func check(_ result: CInt, _ doing: String) throws {
            guard result == 0 else {
                let code = errno
                unlink(temporary)
                let reason = String(cString: strerror(code))
                throw MusterError(.systemFailure, "cannot \(doing) the socket \(path): \(reason)")
            }
        }
        if let group { try check(chown(temporary, uid_t.max, group), "give a group to") }
        try check(chmod(temporary, mode), "set the mode of")
        try check(rename(temporary, path), "name")
    }

    static func remove(_ path: String) { unlink(path) }
}
