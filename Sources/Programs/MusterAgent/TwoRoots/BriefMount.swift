import LinuxSystem
import MusterBase

/// A file system that is mounted for one piece of work.
struct BriefMount: Sendable {
    /// `/dev/vda2`
    let device: String
    /// What it may be, in the order in which it is tried.
    let types: [String]
    /// Called before a type is tried: its driver may not be there.
    var prepare: @Sendable (String) -> Void = { _ in }

    private static let mountPoint = "/run/muster-agent/brief"

    static func efi(_ device: String) -> BriefMount { BriefMount(device: device, types: ["vfat"]) }

    /// Runs `body` with the directory that it is mounted at. What was written is on the disk afterwards.
    func run<Value>(isReadOnly: Bool = false, _ body: (String) throws -> Value) throws -> Value {
        try Files.createDirectory(Self.mountPoint, mode: 0o700)
        try mount(isReadOnly ? [.readOnly] : [])
        do {
            let value = try body(Self.mountPoint)
            if !isReadOnly { try AtomicFile.syncFileSystem(of: Self.mountPoint) }
            try Mounts.unmount(Self.mountPoint)
            return value
        } catch {
            try? Mounts.detach(Self.mountPoint)
            throw error
        }
    }

    private func mount(_ flags: MountFlags) throws {
        var failure: MusterError?
        for type in types {
            prepare(type)
            do {
                return try Mounts.mount(type, from: device, at: Self.mountPoint, flags: flags)
            } catch let error as MusterError {
                failure = failure ?? error
            }
        }
        throw failure ?? MusterError(.unsupported, "\(device) has no file system that is known")
    }
}
