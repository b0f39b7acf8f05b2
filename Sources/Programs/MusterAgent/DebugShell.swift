import CLinux
import LinuxSystem

/// A shell on the console for somebody who looks for what is wrong: only with the kernel argument `muster.debug`, only
/// where a shell is, and one at a time. The agent goes on trying beside it.
actor DebugShell {
    private let isWanted: Bool
    private let console: any LineOutput
    private var process: Int32 = 0

    private static let shells = ["/bin/sh", "/usr/bin/sh", "/bin/busybox"]

    init(isWanted: Bool, console: any LineOutput) {
        self.isWanted = isWanted
        self.console = console
    }

    /// Starts a shell, unless one runs.
    func offer(after step: String) {
        guard isWanted else { return }
        var status: Int32 = 0
        if muster_reap(&status) == process { process = 0 }
        guard process == 0 else { return }
        guard let shell = DebugShell.shells.first(where: { Files.exists($0) }) else {
            console.line("muster.debug is set, but the initramfs has no shell (/bin/sh) to offer")
            return
        }
        process = muster_spawn_on_terminal(shell, "/dev/console")
        if process > 0 {
            console.line("muster.debug is set: \(shell) runs on this console; \(step) is tried again beside it")
        }
    }
}
