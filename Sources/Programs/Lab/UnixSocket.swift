import CLinux
import Glibc
import LinuxSystem
import MusterBase

/// Stream sockets with a name in the file system.
enum UnixSocket {
    /// Connects to the socket of that name.
    ///
    /// - Throws: `unavailable` when nobody listens there.
    static func connect(_ path: String, timeout: Duration? = nil) throws -> Int32 {
        try withShortPath(path) { short in
            let descriptor = try open()
            if let timeout { setTimeout(timeout, of: descriptor) }
            guard withAddress(short, { Glibc.connect(descriptor, $0, $1) }) == 0 else {
                let error = KernelError.last
                close(descriptor)
                throw MusterError(.unavailable, "cannot connect to \(path)", cause: error)
            }
            return descriptor
        }
    }

    /// True when somebody accepts connections there.
    static func accepts(_ path: String) -> Bool {
        guard let descriptor = try? connect(path) else { return false }
        close(descriptor)
        return true
    }

    /// Listens under a short name; a socket that was left there is replaced. Only the owner may connect.
    static func listen(_ name: String) throws -> Int32 {
        unlink(name)
        let descriptor = try open(flags: Int32(SOCK_NONBLOCK.rawValue))
        let old = umask(0o077)
        defer { umask(old) }
        guard withAddress(name, { bind(descriptor, $0, $1) }) == 0, Glibc.listen(descriptor, 16) == 0 else {
            let error = systemError("cannot listen on \(name)")
            close(descriptor)
            throw error
        }
        return descriptor
    }

    /// The process that listens at the other end, as seen from this process's namespaces.
    static func peerProcess(_ descriptor: Int32) throws -> Int32 {
        let process = muster_peer_process(descriptor)
        guard process > 0 else { throw systemError("cannot find out which process supervises the lab") }
        return process
    }

    static func setTimeout(_ timeout: Duration, of descriptor: Int32) {
        var value = timeval(tv_sec: Int(timeout.components.seconds), tv_usec: 0)
        let size = socklen_t(MemoryLayout<timeval>.size)
        setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &value, size)
        setsockopt(descriptor, SOL_SOCKET, SO_SNDTIMEO, &value, size)
    }

    /// Sends all, or throws `unavailable`.
    static func send(_ bytes: [UInt8], to descriptor: Int32) throws(MusterError) {
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes {
                Glibc.send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
            }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else {
                throw MusterError(.unavailable, "the other end of the socket does not read", cause: KernelError.last)
            }
            rest = rest.dropFirst(count)
        }
    }

    private static func open(flags: Int32 = 0) throws -> Int32 {
        let type = Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue) | flags
        let descriptor = socket(AF_UNIX, type, 0)
        guard descriptor >= 0 else { throw systemError("cannot make a socket") }
        return descriptor
    }

    private static func withAddress(_ path: String, _ body: (UnsafePointer<sockaddr>, socklen_t) -> Int32) -> Int32 {
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        let bytes = Array(path.utf8)
        guard bytes.count < MemoryLayout.size(ofValue: address.sun_path) else {
            errno = ENAMETOOLONG
            return -1
        }
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: bytes) }
        return withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                body($0, socklen_t(MemoryLayout<sockaddr_un>.size))
            }
        }
    }

    /// Names of more than 107 octets do not fit into an address: they are reached through an open directory.
    private static func withShortPath<Result>(_ path: String, _ body: (String) throws -> Result) throws -> Result {
        guard path.utf8.count > 107 else { return try body(path) }
        let directory = Glibc.open(FilePathText.parent(of: path), O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard directory >= 0 else {
            throw MusterError(.unavailable, "cannot connect to \(path)", cause: KernelError.last)
        }
        defer { close(directory) }
        return try body("/proc/self/fd/\(directory)/\(FilePathText.lastComponent(of: path))")
    }
}
