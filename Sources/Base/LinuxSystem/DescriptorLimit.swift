import Glibc

/// How many files and sockets this process, and those that it starts, may have open.
public enum DescriptorLimit {
    /// Takes as many as the system allows: shells give far fewer than a server with thousands of connections needs.
    public static func raise() {
        var limit = rlimit()
        guard getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 else { return }
        limit.rlim_cur = limit.rlim_max
        _ = setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
    }
}
