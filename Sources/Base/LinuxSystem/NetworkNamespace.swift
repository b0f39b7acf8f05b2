import CLinux
import MusterBase

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif

/// A network namespace of its own: links, addresses, routes and ports that nobody else has. It is gone when this value
/// and the last process in it are.
public final class NetworkNamespace: Sendable {
    package let descriptor: Int32

    /// Makes an empty one; this process stays where it is. For root, and whoever is root in a user namespace.
    public init() throws {
        descriptor = muster_namespace_create()
        guard descriptor >= 0 else { throw systemError("cannot make a network namespace") }
    }

    deinit { close(descriptor) }
}
