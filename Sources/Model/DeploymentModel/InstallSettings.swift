/// How a profile wants its system on a disk: the mapping `install` of profile.yaml.
public struct InstallSettings: Codable, Sendable, Hashable {
    /// The file system of the root.
    public enum FileSystem: String, Codable, Sendable, CaseIterable {
        case ext4
        case xfs
        case btrfs
    }

    /// What lies on the disk.
    public enum Layout: String, Codable, Sendable, CaseIterable {
        /// One root. An installation replaces all that is on the disk.
        case single
        /// Two roots of the same size. An installation replaces the one that is not in use, and the machine returns to
        /// the other when the new one does not become healthy.
        case ab
    }

    public var fileSystem: FileSystem
    public var layout: Layout
    /// Of the layout `ab`: how long a new root has from the kernel's start to become healthy, in minutes.
    public var trialMinutes: Int
    /// Whether the image's chunks are kept on the disk, where it has room for them: the next installation fetches only
    /// those that it does not find there.
    public var keepsChunks: Bool
    /// Nil for a root that is not encrypted.
    public var encryption: DiskEncryption?
    /// What lies on the disk beside the root, by path.
    public var extras: [ExtraFileSystem]

    public static let trialRange = 2...1440

    public init(
        fileSystem: FileSystem = .ext4, layout: Layout = .single, trialMinutes: Int = 15, keepsChunks: Bool = true,
        encryption: DiskEncryption? = nil, extras: [ExtraFileSystem] = []
    ) {
        self.fileSystem = fileSystem
        self.layout = layout
        self.trialMinutes = trialMinutes
        self.keepsChunks = keepsChunks
        self.encryption = encryption
        self.extras = extras
    }

    private enum CodingKeys: CodingKey { case fileSystem, layout, trialMinutes, keepsChunks, encryption, extras }

    /// What an older server says has less.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        self.init(fileSystem: try container.decode(FileSystem.self, forKey: .fileSystem))
        if let layout = try container.decodeIfPresent(Layout.self, forKey: .layout) { self.layout = layout }
        if let minutes = try container.decodeIfPresent(Int.self, forKey: .trialMinutes) { trialMinutes = minutes }
        keepsChunks = try container.decodeIfPresent(Bool.self, forKey: .keepsChunks) ?? false
        encryption = try container.decodeIfPresent(DiskEncryption.self, forKey: .encryption)
        extras = try container.decodeIfPresent([ExtraFileSystem].self, forKey: .extras) ?? []
    }
}
