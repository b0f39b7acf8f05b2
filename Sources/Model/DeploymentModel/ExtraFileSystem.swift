import MusterBase

/// What an installation puts on the disk beside the root: a file system with a place of its own, or swap space.
public struct ExtraFileSystem: Codable, Sendable, Hashable {
    public enum Use: Sendable, Hashable {
        /// Absolute and plain, such as `/home`.
        case mount(String)
        case swap
    }

    /// How much of the disk it takes.
    public enum Size: Sendable, Hashable {
        case octets(Int64)
        /// Of the disk, 1 to 90.
        case percent(Int)
    }

    public var use: Use
    public var size: Size
    /// Of a file system.
    public var type: InstallSettings.FileSystem
    /// What the file system is called; nil for none.
    public var label: String?

    public init(
        _ use: Use, size: Size, type: InstallSettings.FileSystem = .ext4, label: String? = nil
    ) {
        self.use = use
        self.size = size
        self.type = type
        self.label = label
    }

    /// Where it is mounted; nil for swap space.
    public var path: String? { if case .mount(let path) = use { path } else { nil } }

    /// All together leave at least a tenth of the disk to the root.
    public static let mostPercent = 90
    /// Octets that each has at least: a file system of xfs wants them.
    public static let leastOctets: Int64 = 320_000_000

    /// Directories that a system needs before it mounts anything else, and those that are no disk's.
    private static let roots: Set<String> = [
        "bin", "boot", "dev", "etc", "lib", "lib32", "lib64", "proc", "root", "run", "sbin", "sys", "usr",
    ]

    /// True for what can be the place of a file system of its own: `/home`, `/var/log`.
    public static func isPlace(_ path: String) -> Bool {
        let parts = path.split(separator: "/", omittingEmptySubsequences: false)
        // The partition's label has room for so many characters (UEFI 2.10, table 5-6: 36, with `muster-` before them).
        guard path.utf8.count <= 28, parts.count >= 2, parts[0].isEmpty, !roots.contains(String(parts[1])) else {
            return false
        }
        return parts.dropFirst().allSatisfy { part in
            !part.isEmpty && part != "." && part != ".." && part.utf8.allSatisfy(isPlain)
        }
    }

    /// True when this directory holds what an installed system's agent keeps for its root alone.
    public static func holdsAgent(_ path: String) -> Bool { ["/var", "/var/lib"].contains(path) }
}

extension ExtraFileSystem.Size: CustomStringConvertible {
    /// Reads `40%`, or a number and one of M, G and T, which count by thousands, as disks are sold.
    public init?(_ text: some StringProtocol) {
        if text.last == "%" {
            let digits = text.dropLast()
            guard digits.allSatisfy({ $0.isASCII && $0.isNumber }), let percent = Int(digits),
                (1...ExtraFileSystem.mostPercent).contains(percent)
            else { return nil }
            self = .percent(percent)
            return
        }
        guard let octets = diskOctets(text), octets >= ExtraFileSystem.leastOctets else { return nil }
        self = .octets(octets)
    }

    public var description: String {
        switch self {
        case .octets(let octets): sizeWord(octets)
        case .percent(let percent): "\(percent)%"
        }
    }
}

/// In the words of profile.yaml.
extension ExtraFileSystem {
    private enum CodingKeys: CodingKey { case path, size, filesystem, label }
    private static let swapWord = "swap"

    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        let path = try container.decode(String.self, forKey: .path)
        let size = try container.decode(String.self, forKey: .size)
        guard let size = Size(size), path == Self.swapWord || Self.isPlace(path) else {
            throw DecodingError.dataCorruptedError(
                forKey: .path, in: container, debugDescription: "this is no place and size of a file system")
        }
        self.init(
            path == Self.swapWord ? .swap : .mount(path), size: size,
            type: try container.decodeIfPresent(InstallSettings.FileSystem.self, forKey: .filesystem) ?? .ext4,
            label: try container.decodeIfPresent(String.self, forKey: .label))
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(path ?? Self.swapWord, forKey: .path)
        try container.encode("\(size)", forKey: .size)
        if path != nil { try container.encode(type, forKey: .filesystem) }
        try container.encodeIfPresent(label, forKey: .label)
    }

    /// True for what every file system takes for its name.
    public static func isLabel(_ text: String) -> Bool {
        // XFS has room for twelve characters.
        (1...12).contains(text.utf8.count) && text.utf8.allSatisfy(isPlain)
    }

    private static func isPlain(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "."), UInt8(ascii: "_"), UInt8(ascii: "-"):
            true
        default: false
        }
    }
}
