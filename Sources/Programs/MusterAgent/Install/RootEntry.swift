import LinuxSystem
import MusterBase

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif

/// The agent as the step into another root: `muster-agent enter-root ROOT DIRECTORY PROGRAM ARGUMENTS…` becomes that
/// program. An initramfs has no chroot(8).
enum RootEntry {
    static let subcommand = "enter-root"

    /// Returns only when the program cannot be started; the process's exit status.
    static func run(_ arguments: [String]) -> Int32 {
        do {
            guard arguments.count >= 3, getuid() == 0 else {
                throw MusterError(.invalidInput, "this wants root, a root file system, a directory and a program")
            }
            guard chroot(arguments[0]) == 0, chdir(arguments[1]) == 0 else {
                throw systemError("cannot enter \(arguments[0])")
            }
            umask(0o022)
            try ChildProcess.replace(by: arguments[2], Array(arguments.dropFirst(3)))
        } catch {
            let text = "\(error)\n"
            _ = text.withCString { write(2, $0, strlen($0)) }
            return 127
        }
    }
}
