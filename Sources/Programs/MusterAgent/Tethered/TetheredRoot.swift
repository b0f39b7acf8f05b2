import LinuxSystem
import MusterBase

/// The root file system of a tethered node: the image's file is served lazily by a process of its own, and the rest is
/// as for an untethered node.
package enum TetheredRoot {
    package static let fileName = "root.squashfs"
    /// Where the file is shown until a loop device has it.
    package static let mountPoint = "/run/muster-agent/tethered"
    package static let statusDirectory = "/run/muster-agent"
    /// The agent's program while a root is served: the serving process and the booted system's agent share it.
    private static let programs = RootMount.layer + "/agent"
    static let executable = programs + "/muster-agent"

    /// Serves the image, and mounts it with a writable layer over it at ``RootMount/target``, ready for the switch.
    ///
    /// It is for the initramfs of process 1. Reading the image waits for the members, for as long as it takes.
    ///
    /// - Parameter parameters: with ``mountPoint`` as the mount point.
    /// - Throws: what the serving process or the kernel says; `RootMount.discard()` undoes what was done.
    /// - Returns: the serving process, and what ``RootMount/mount(image:isDirect:)`` returns.
    static func mount(_ parameters: RootServerParameters) async throws -> (server: RootServer, layer: String) {
        try Files.createDirectory("/run/muster-agent", mode: 0o700)
        try Files.createDirectory(mountPoint, mode: 0o700)
        // Run from the initramfs, its file would stay in memory whole, beside the copy that the booted system gets. In
        // the layer it is compressed, and no more of it is unpacked than what is used.
        _ = try RootMount.mountLayer()
        try Files.createDirectory(programs, mode: 0o700)
        if Files.exists(executable) { try Files.remove(executable) }
        try Files.copy("/proc/self/exe", to: executable, mode: 0o700)
        let server = try await RootServer.start(parameters, executable: executable)
        // Direct was 10 to 25 % faster when a whole squashfs was read, and keeps the packed content out of the page
        // cache: the serving process has a cache of its own.
        let layer = try RootMount.mount(image: mountPoint + "/" + fileName, isDirect: true)
        // The loop device holds the file. What nobody sees, nobody tries to unmount at shutdown.
        try Mounts.detach(mountPoint)
        return (server, layer)
    }
}
