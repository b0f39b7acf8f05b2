import LinuxSystem
import MusterBase

/// The root file system of a node that has none on a disk: the image read-only, and over it a layer in memory that takes
/// what is written. What they are made of lies below /run/muster-agent, which goes along when the root is switched.
struct RootMount {
    /// Where the image's file lies: a memory file system of exactly its size.
    static let imageDirectory = "/run/muster-agent/image"
    static let imageFile = imageDirectory + "/root.squashfs"
    private static let lower = "/run/muster-agent/lower"
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
        // Its server ends with it.
        if Mounts.isMountPoint(TetheredRoot.mountPoint) { Mounts.abandon(TetheredRoot.mountPoint) }
        for path in [target, lower, layer] where Mounts.isMountPoint(path) { try? Mounts.unmount(path) }
        // That server may have its file there for a moment longer.
        if Mounts.isMountPoint(imageDirectory) { try? Mounts.detach(imageDirectory) }
    }

    /// Mounts the image, of which `image` is the file, and the layer over it at ``target``.
    ///
    /// - Parameter isDirect: as for ``LoopDevice``.
    /// - Returns: in words what takes what is written.
    @discardableResult
    static func mount(image: String = imageFile, isDirect: Bool = false) throws -> String {
        if Mounts.isMountPoint(target) { return "memory" }
        for directory in [lower, layer, target] { try Files.createDirectory(directory, mode: 0o755) }
        if !Mounts.isMountPoint(lower) {
            try LoopDevice.withReadOnly(image, isDirect: isDirect) { device in
                try Mounts.mount("squashfs", from: device, at: lower, flags: [.readOnly, .noDevices])
            }
        }
        var kind = "memory"
        if !Mounts.isMountPoint(layer) { kind = try mountLayer() }
        try Files.createDirectory(layer + "/upper")
        try Files.createDirectory(layer + "/work")
        try Mounts.mount(
            "overlay", from: "muster-root", at: target,
            data: "lowerdir=\(lower),upperdir=\(layer)/upper,workdir=\(layer)/work")
        return kind
    }

    private static func mountLayer() throws -> String {
        do {
            try CompressedLayer.mount(at: layer, memory: MemoryFacts.read().total)
            return "compressed memory"
        } catch let error as MusterError {
            try Mounts.mount("tmpfs", from: "muster-layer", at: layer, data: "mode=0755,size=50%")
            return error.code == .notFound ? "memory" : "memory (not compressed: \(error))"
        }
    }
}
