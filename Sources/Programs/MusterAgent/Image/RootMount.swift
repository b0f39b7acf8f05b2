import LinuxSystem
import MusterBase

/// The root file system of a node that has none on a disk: the image read-only, and over it a layer in memory that takes
/// what is written. What they are made of lies below /run/muster-agent, which goes along when the root is switched.
struct RootMount {
    /// Where the image's file lies: a memory file system of exactly its size.
    static let imageDirectory = "/run/muster-agent/image"
    static let imageFile = imageDirectory + "/root.squashfs"
    /// The image itself, read-only.
    static let lower = "/run/muster-agent/lower"
    private static let layer = "/run/muster-agent/layer"
    /// The new root, until it is the root.
    static let target = "/sysroot"

    /// Makes room in memory for an image's file of so many octets.
    static func prepare(size: Int64) throws {
        try Files.createDirectory("/run/muster-agent", mode: 0o700)
        try Files.createDirectory(imageDirectory, mode: 0o700)
        // Pages are whole; a little more than the file, and no more than that.
        if !Mounts.isMountPoint(imageDirectory) {
            try Mounts.mount(
                "tmpfs", from: "muster-image", at: imageDirectory, flags: [.noSetUID, .noDevices, .noExecution],
                data: "size=\(size + 262_144),mode=0700")
        }
    }

    /// Undoes ``prepare(size:)``, ``mount(image:)`` and ``TetheredRoot/mount(_:)``, as far as they were done.
    static func discard() {
        for path in [target, lower, layer, imageDirectory] where Mounts.isMountPoint(path) {
            try? Mounts.unmount(path)
        }
        // Its server ends with it.
        if Mounts.isMountPoint(TetheredRoot.mountPoint) { Mounts.abandon(TetheredRoot.mountPoint) }
    }

    /// Mounts the image, of which `image` is the file, and the layer over it at ``target``.
    ///
    /// - Parameter isDirect: as for ``LoopDevice``.
    static func mount(image: String = imageFile, isDirect: Bool = false) throws {
        if Mounts.isMountPoint(target) { return }
        for directory in [lower, layer, target] { try Files.createDirectory(directory, mode: 0o755) }
        if !Mounts.isMountPoint(lower) {
            try LoopDevice.withReadOnly(image, isDirect: isDirect) { device in
                try Mounts.mount("squashfs", from: device, at: lower, flags: [.readOnly, .noDevices])
            }
        }
        if !Mounts.isMountPoint(layer) {
            try Mounts.mount("tmpfs", from: "muster-layer", at: layer, data: "mode=0755")
        }
        try Files.createDirectory(layer + "/upper")
        try Files.createDirectory(layer + "/work")
        try Mounts.mount(
            "overlay", from: "muster-root", at: target,
            data: "lowerdir=\(lower),upperdir=\(layer)/upper,workdir=\(layer)/work")
    }
}
