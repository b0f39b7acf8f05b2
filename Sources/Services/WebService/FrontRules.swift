import NIOCore
import NIOPosix

/// What the front of a server does with a request.
struct FrontRules: Sendable {
    /// The files that are answered here; nil: everything goes to the API.
    let files: PublicFiles?
    /// Paths that begin so go to the API.
    let apiPrefixes: [String]
    let limits: WebLimits
    let isSecure: Bool
    let counters: WebCounters
    let observer: StaticAccessObserver?
    /// For reading files when the kernel cannot send them by itself.
    let fileIO: NonBlockingFileIO

    /// Whether a request's target is for the API.
    func isForAPI(_ target: String) -> Bool {
        files == nil || apiPrefixes.contains { target.hasPrefix($0) }
    }
}
