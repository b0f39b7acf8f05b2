import DeploymentModel
import MusterBase

/// What a captured machine is made of: how it starts, and where its file systems lie. Kept beside the captured tree.
public struct CapturedMachine: Codable, Sendable, Hashable {
    /// How the machine starts its system.
    public enum Firmware: String, Codable, Sendable { case bios, uefi }

    /// A file system that belongs to the system.
    public struct FileSystem: Codable, Sendable, Hashable {
        /// In the words of mount(8): `ext4`, `xfs`, `btrfs`, `vfat`.
        public var type: String
        /// Absolute.
        public var mountPoint: String
        /// Of the kernel: `/dev/vda2`, `/dev/mapper/vg-root`.
        public var device: String
        public var label: String?
        /// For btrfs: which subvolume is mounted there, as a path in the file system; `/` for the whole.
        public var subvolume: String
        /// In octets.
        public var size: Int64
        /// In octets.
        public var used: Int64

        public init(
            type: String, mountPoint: String, device: String, label: String?, subvolume: String, size: Int64,
            used: Int64
        ) {
            self.type = type
            self.mountPoint = mountPoint
            self.device = device
            self.label = label
            self.subvolume = subvolume
            self.size = size
            self.used = used
        }
    }

    /// A block device, with what lies on it: disk, partition, logical volume, encrypted volume.
    public struct Device: Codable, Sendable, Hashable {
        /// As the kernel names it: `vda`, `vda1`, `vg-root`.
        public var name: String
        /// In the words of lsblk: `disk`, `part`, `lvm`, `crypt`, `raid1`.
        public var kind: String
        /// In octets.
        public var size: Int64
        /// File system or other content: `ext4`, `LVM2_member`, `crypto_LUKS`, `swap`.
        public var content: String?
        public var label: String?
        /// Of a disk: `gpt` or `dos`.
        public var table: String?
        /// Of a partition: a type's GUID, or a number of MS-DOS.
        public var partitionType: String?
        public var partitionLabel: String?
        public var parts: [Device]

        public init(
            name: String, kind: String, size: Int64, content: String? = nil, label: String? = nil, table: String? = nil,
            partitionType: String? = nil, partitionLabel: String? = nil, parts: [Device] = []
        ) {
            self.name = name
            self.kind = kind
            self.size = size
            self.content = content
            self.label = label
            self.table = table
            self.partitionType = partitionType
            self.partitionLabel = partitionLabel
            self.parts = parts
        }

        /// The path of its device file.
        public var path: String { ["lvm", "crypt"].contains(kind) ? "/dev/mapper/\(name)" : "/dev/\(name)" }

        func contains(_ path: String) -> Bool { self.path == path || parts.contains { $0.contains(path) } }
    }

    public var firmware: Firmware
    /// As `uname -r` says it.
    public var kernelRelease: String
    /// Kernels that are installed beside the one that runs.
    public var otherKernels: [String]
    /// As `uname -m` says it.
    public var architecture: String
    /// The kernel's arguments.
    public var kernelArguments: String
    /// Of os-release.
    public var distribution: String
    public var distributionVersion: String
    /// `grub`, `systemd-boot`; nil for one that is not known, or none.
    public var bootLoader: String?
    /// The installed packages, where rpm keeps the list of them.
    public var packages: [ImageManifest.Package]?
    /// By mount point: a directory before what is below it.
    public var fileSystems: [FileSystem]
    /// Those disks that a file system of the system lies on.
    public var disks: [Device]
    /// Whether the root is on a disk, so that the machine can start without a server.
    public var isInstalled: Bool { fileSystems.first.map { fs in disks.contains { $0.contains(fs.device) } } ?? false }
}
