import DeploymentModel
import DiskFormats
import LinuxSystem
import MusterBase

/// What an installation puts on the disk beside the root: its file systems and swap space.
struct ExtraPartitions: Sendable {
    struct Item: Sendable {
        let extra: ExtraFileSystem
        /// `/dev/vda4`
        let device: String
        /// Of the partition; its file system has the same.
        let uuid: DiskGUID
    }

    /// A directory before what lies below it.
    let items: [Item]
    /// True when they were there before and stay as they are: a new root beside the good one finds them.
    let isKept: Bool

    init(of settings: InstallSettings, _ table: PartitionTable, disk: String, isKept: Bool) {
        items = settings.extras.compactMap { extra in
            table.partition(labelled: InstallLayout.label(of: extra)).map { partition in
                Item(
                    extra: extra, device: InstallLayout.device(partition.number, of: disk), uuid: partition.guid)
            }
        }
        self.isKept = isKept
    }

    static func tools(for settings: InstallSettings) -> [Tool] {
        settings.extras.map { $0.path == nil ? .mkswap : $0.type.maker }
    }

    /// Makes them with the image's own programs, unless they stay.
    func make(with image: ForeignRoot) async throws {
        guard !isKept else { return }
        for item in items {
            if let path = item.extra.path {
                try await item.extra.type.make(
                    item.device, label: item.extra.label, uuid: item.uuid, with: image, for: path)
            } else {
                _ = try await image.check(
                    .mkswap, ["-U", "\(item.uuid)", item.device], doing: "making the swap space")
            }
        }
    }

    /// Mounts them in the new root.
    func mount() throws {
        for item in items {
            guard let path = item.extra.path else { continue }
            try Files.createDirectory(TargetDisk.mountPoint + path)
            try Mounts.mount(item.extra.type.rawValue, from: item.device, at: TargetDisk.mountPoint + path)
        }
    }

    /// Directories of the image that are not copied, as what is there stays.
    var keptPaths: [String] { isKept ? items.compactMap(\.extra.path) : [] }

    /// Lines of fstab(5).
    var table: [String] {
        items.map { item in
            guard let path = item.extra.path else { return "UUID=\(item.uuid) none swap sw 0 0" }
            let pass = item.extra.type == .ext4 ? 2 : 0
            return "UUID=\(item.uuid) \(path) \(item.extra.type.rawValue) defaults 0 \(pass)"
        }
    }
}

extension InstallSettings.FileSystem {
    /// The program that makes one.
    var maker: Tool {
        switch self {
        case .ext4: .mkfsExt4
        case .xfs: .mkfsXFS
        case .btrfs: .mkfsBtrfs
        }
    }

    /// Makes one on a device, whatever is there.
    ///
    /// - Parameter use: what it is for, in words.
    func make(
        _ device: String, label: String?, uuid: DiskGUID, with image: ForeignRoot, for use: String
    ) async throws {
        let name = label.map { ["-L", $0] } ?? []
        let arguments =
            switch self {
            case .ext4: ["-q", "-F", "-U", "\(uuid)"]
            case .xfs: ["-q", "-f", "-m", "uuid=\(uuid)"]
            case .btrfs: ["-q", "-f", "-U", "\(uuid)"]
            }
        _ = try await image.check(
            maker, arguments + name + [device], doing: "making the \(rawValue) file system of \(use)")
    }
}
