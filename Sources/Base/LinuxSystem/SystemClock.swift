import CLinux
import MusterBase

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif

/// The clocks of this machine.
public enum SystemClock {
    /// Time since the kernel started.
    public static var sinceBoot: Duration { .nanoseconds(muster_nanoseconds_since_boot()) }

    /// Sets the time of day, for which one has to be root.
    public static func set(_ time: Timestamp) throws {
        let whole = time.seconds
        var value = timespec(tv_sec: Int(whole), tv_nsec: Int(time.microseconds - whole * 1_000_000) * 1000)
        guard clock_settime(CLOCK_REALTIME, &value) == 0 else { throw systemError("cannot set the clock to \(time)") }
    }
}
