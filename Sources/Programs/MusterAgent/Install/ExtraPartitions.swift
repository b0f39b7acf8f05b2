import DeploymentModel
import DiskFormats
import LinuxSystem
import MusterBase

/// What an installation puts on the disk beside the root: its file systems and swap space.
struct ExtraPartitions: Sendable {
    struct Item: Sendable {
        let extra: ExtraFileSystem
        /// What the profile wants; of one that is kept, what it is.
        var type: InstallSettings.FileSystem
        /// `/dev/vda4`
        let device: String
        /// Of the partition; its file system has the same.
        let uuid: DiskGUID
    }

    /// A directory before what lies below it.
    private(set) var items: [Item]
    /// True when they were there before and stay as they are: a new root beside the good one finds them.
    let isKept: Bool

    init(of settings: InstallSettings, _ table: PartitionTable, disk: String, isKept: Bool) {
        items = settings.extras.compactMap { extra in
            table.partition(labelled: InstallLayout.label(of: extra)).map { partition in
                Item(
                    extra: extra, type: extra.type, device: InstallLayout.device(partition.number, of: disk),
                    uuid: partition.guid)
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
    mutating func mount() throws {
        for index in items.indices {
            guard let path = items[index].extra.path else { continue }
            try Files.createDirectory(TargetDisk.mountPoint + path)
            items[index].type = try mount(items[index], at: TargetDisk.mountPoint + path)
        }
    }

    /// - Returns: what it is: one that was kept may have been made when the profile wanted another type.
    private func mount(_ item: Item, at place: String) throws -> InstallSettings.FileSystem {
        let others = isKept ? InstallSettings.FileSystem.allCases.filter { $0 != item.type } : []
        var failure: (any Error)?
        for type in [item.type] + others {
            do {
                try Mounts.mount(type.rawValue, from: item.device, at: place)
                return type
            } catch {
                failure = failure ?? error
            }
        }
        throw failure ?? MusterError(.internalFailure, "no type of file system is known")
    }

    /// Directories of the image that are not copied, as what is there stays.
    var keptPaths: [String] { isKept ? items.compactMap(\.extra.path) : [] }

    /// Lines of fstab(5).
    var table: [String] {
        items.map { item in
            guard let path = item.extra.path else { return "UUID=\(item.uuid) none swap sw 0 0" }
            let pass = item.type == .ext4 ? 2 : 0
            return "UUID=\(item.uuid) \(path) \(item.type.rawValue) defaults 0 \(pass)"
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
