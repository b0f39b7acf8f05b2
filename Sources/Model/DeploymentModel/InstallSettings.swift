/// How a profile wants its system on a disk: the mapping `install` of profile.yaml.
public struct InstallSettings: Codable, Sendable, Hashable {
    /// The file system of the root.
    public enum FileSystem: String, Codable, Sendable, CaseIterable {
        case ext4
        case xfs
        case btrfs
    }

    public var fileSystem: FileSystem

    public init(fileSystem: FileSystem = .ext4) { self.fileSystem = fileSystem }
}
