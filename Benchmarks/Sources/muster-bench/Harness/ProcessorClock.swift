import Foundation

/// The processor time that a process has used: all its threads, those that have ended among them.
struct ProcessorClock: Sendable {
    let identifier: pid_t

    /// In seconds, to the nanosecond. Throws when there is no such process any more.
    func seconds() throws -> Double {
        var clock = clockid_t()
        let code = clock_getcpuclockid(identifier, &clock)
        guard code == 0 else {
            throw BenchError("no processor time of process \(identifier): \(String(cString: strerror(code)))")
        }
        var time = timespec()
        guard clock_gettime(clock, &time) == 0 else {
            throw BenchError("no processor time of process \(identifier): \(String(cString: strerror(errno)))")
        }
        return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
    }
}
