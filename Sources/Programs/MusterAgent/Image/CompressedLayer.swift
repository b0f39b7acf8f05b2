import DiskFormats
import LinuxSystem
import MusterBase

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif

/// A file system in compressed memory (zram), for what is written over an image.
///
/// It is as large as a tmpfs would be, half of the memory, so that content that cannot be compressed fills no more than
/// that. What is deleted is given back.
enum CompressedLayer {
    private static let device = "/dev/zram0"
    private static let control = "/sys/block/zram0"

    /// Whether it is mounted somewhere.
    static var isMounted: Bool {
        let mounts = (try? Files.readText("/proc/mounts", limit: 1 << 20)) ?? ""
        return mounts.split(separator: "\n").contains { $0.hasPrefix(device + " ") }
    }

    /// Mounts it.
    ///
    /// - Parameter memory: of the machine, in octets.
    /// - Throws: what the kernel says; `not_found` where it has no zram or no ext4.
    static func mount(at directory: String, memory: Int64) throws {
        guard Files.exists(control), let known = try? Files.readText("/proc/filesystems", limit: 65_536),
            known.split(whereSeparator: \.isWhitespace).contains("ext4")
        else { throw MusterError(.notFound, "the kernel has no zram or no ext4") }
        let size = min(max(memory / 2 & ~0xFFFFF, EmptyExt4.sizes.lowerBound), EmptyExt4.sizes.upperBound)
        // What an attempt before this one left.
        try Files.write("1", to: control + "/reset")
        // Half of what lzo-rle leaves, which is the usual one. Not each kernel has it.
        try? Files.write("zstd", to: control + "/comp_algorithm")
        try Files.write("\(size)", to: control + "/disksize")
        do {
            try format(size)
            try Mounts.mount("ext4", from: device, at: directory, flags: [.noDevices], data: "discard,errors=continue")
        } catch {
            try? Files.write("1", to: control + "/reset")
            throw error
        }
    }

    private static func format(_ size: Int64) throws {
        let target = open(device, O_WRONLY | O_CLOEXEC)
        guard target >= 0 else { throw systemError("cannot open \(device)") }
        defer { close(target) }
        for piece in try EmptyExt4(size: size, identifier: KernelRandom.bytes(16)).pieces() {
            try PlacedOctets.write(piece.octets, to: target, at: piece.offset, orSay: "cannot write \(device)")
        }
    }
}
