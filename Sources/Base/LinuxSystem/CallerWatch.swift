import CLinux
import MusterBase

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif

/// A small process beside this one that kills a program and its children when this process ends, however that happens.
/// The kernel's own way, PR_SET_PDEATHSIG, asks when the *thread* ends that started the program, and forgets its
/// children.
package final class CallerWatch: Sendable {
    private let line: Int32

    /// Starts the watching process. Throws ``MusterError`` `system_failure` when it cannot.
    package init() throws {
        line = muster_watch_begin()
        guard line >= 0 else { throw systemError("cannot start the process that watches over a program") }
    }

    /// Names the processes that are to end with this one.
    package func begin(processGroup: Int32) throws {
        guard muster_watch_group(line, processGroup) == 0 else {
            throw systemError("the process that watches over a program is gone")
        }
    }

    /// The program has ended: its number may soon be another's.
    package func end() { _ = muster_watch_group(line, 0) }

    deinit { close(line) }
}
