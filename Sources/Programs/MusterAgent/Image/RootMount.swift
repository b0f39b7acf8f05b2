import LinuxSystem
import MusterBase

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif

/// The root file system of a node that has none on a disk: the image read-only, and over it a layer in memory that takes
/// what is written. What they are made of lies below /run/muster-agent, which goes along when the root is switched.
struct RootMount {
    /// Where the image's file lies: a memory file system of exactly its size.
    static let imageDirectory = "/run/muster-agent/image"
    static let imageFile = imageDirectory + "/root.squashfs"
    /// The image itself, read-only.
    static let lower = "/run/muster-agent/lower"
    /// The file system that takes what is written, and whose part `upper` is laid over the image.
    static let layer = "/run/muster-agent/layer"
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
        for path in [target, lower] where Mounts.isMountPoint(path) { try? Mounts.unmount(path) }
        // That server runs from the layer, and may take a moment to end.
        for _ in 0..<20 where Mounts.isMountPoint(layer) {
            try? Mounts.unmount(layer)
            if Mounts.isMountPoint(layer) { usleep(100_000) }
        }
        if Mounts.isMountPoint(imageDirectory) { try? Mounts.detach(imageDirectory) }
    }

    /// Mounts the image, of which `image` is the file, and the layer over it at ``target``.
    ///
    /// - Parameter isDirect: as for ``LoopDevice``.
    /// - Returns: as ``mountLayer()``.
    @discardableResult
    static func mount(image: String = imageFile, isDirect: Bool = false) throws -> String {
        let kind = try mountLayer()
        if Mounts.isMountPoint(target) { return kind }
        for directory in [lower, target] { try Files.createDirectory(directory, mode: 0o755) }
        if !Mounts.isMountPoint(lower) {
            try LoopDevice.withReadOnly(image, isDirect: isDirect) { device in
                try Mounts.mount("squashfs", from: device, at: lower, flags: [.readOnly, .noDevices])
            }
        }
        try Files.createDirectory(layer + "/upper")
        try Files.createDirectory(layer + "/work")
        try Mounts.mount(
            "overlay", from: "muster-root", at: target,
            data: "lowerdir=\(lower),upperdir=\(layer)/upper,workdir=\(layer)/work")
        return kind
    }

    /// Mounts what takes what is written, if it is not there yet.
    ///
    /// - Returns: in words what it is.
    static func mountLayer() throws -> String {
        if Mounts.isMountPoint(layer) { return CompressedLayer.isMounted ? "compressed memory" : "memory" }
        try Files.createDirectory(layer, mode: 0o755)
        do {
            try CompressedLayer.mount(at: layer, memory: MemoryFacts.read().total)
            return "compressed memory"
        } catch let error as MusterError {
            try Mounts.mount("tmpfs", from: "muster-layer", at: layer, data: "mode=0755,size=50%")
            return error.code == .notFound ? "memory" : "memory (not compressed: \(error))"
        }
    }
}
