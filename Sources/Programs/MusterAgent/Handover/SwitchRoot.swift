import CLinux
import LinuxSystem
import MusterBase

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif

/// Leaves the initramfs for the real root (as switch_root(8) does) and becomes its first program.
enum SwitchRoot {
    /// Where a system's own first program may lie.
    private static let programs = ["/sbin/init", "/usr/lib/systemd/systemd", "/lib/systemd/systemd", "/bin/init"]

    /// The first program of the tree. Throws `notFound` when it has none: better found now than after the switch.
    static func program(in tree: RootTree) throws -> String {
        for program in programs {
            // A link to an absolute path would be looked up in the initramfs.
            if let target = Files.linkTarget(tree.mountPoint + program) {
                let path = target.hasPrefix("/") ? target : FilePathText.parent(of: program) + "/" + target
                if tree.exists(path) { return program }
            } else if tree.exists(program) {
                return program
            }
        }
        throw MusterError(
            .notFound, "the image has no first program (looked for \(programs.joined(separator: ", ")))",
            advice: "that the image's recipe installs systemd")
    }

    /// Returns only by throwing, and then the machine has no root to go back to.
    static func run(to root: String, program: String) throws -> Never {
        for directory in ["/dev", "/sys", "/run"] {
            try Files.createDirectory(root + directory)
            try Mounts.move(directory, to: root + directory)
        }
        // Not moved: between two system calls there would be no /proc, and a worker thread of Dispatch that looks into
        // it at that moment ends the process. The old one stays on the hidden initramfs.
        try Files.createDirectory(root + "/proc")
        try Mounts.mount(
            "proc", from: "proc", at: root + "/proc", flags: [.noSetUID, .noDevices, .noExecution])
        // Gives the initramfs's memory back.
        try FileTree.empty("/")
        guard chdir(root) == 0 else { throw systemError("cannot go to \(root)") }
        try Mounts.move(".", to: "/")
        guard chroot(".") == 0, chdir("/") == 0 else { throw systemError("cannot make \(root) the root") }
        muster_become(program, "/dev/console")
        throw systemError("cannot start \(program)")
    }
}
