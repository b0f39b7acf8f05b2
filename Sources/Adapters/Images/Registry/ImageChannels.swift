import DeploymentModel
import LinuxSystem
import MusterAPI
import MusterBase

/// The channels of an image: names such as `production` that point at a version, and the history of where they pointed.
/// Kept beside the versions, as `<name>/channels.json`.
public struct ImageChannels: Codable, Sendable, Hashable {
    /// One step of a channel from one version to another.
    public struct Move: Codable, Sendable, Hashable {
        public var channel: String
        public var version: Int
        /// Where it pointed before; nil for a new channel.
        public var from: Int?
        public var time: Timestamp
        /// Who moved it, for people.
        public var by: String
        /// True when it went back to what it pointed at before.
        public var isRollback: Bool
    }

    public private(set) var schema = 1
    /// Oldest first.
    public private(set) var moves: [Move] = []

    public init() {}

    /// Lower-case letters, digits, `.`, `_` and `-`, beginning with a letter; not `latest`, which is the newest version
    /// always.
    public static func isValidName(_ name: some StringProtocol) -> Bool {
        ImageReference.isValidName(name) && name != "latest" && Int(name) == nil
            && name.utf8.first.map { (UInt8(ascii: "a")...UInt8(ascii: "z")).contains($0) } == true
    }

    /// The version that each channel points at.
    public var versions: [String: Int] { moves.reduce(into: [:]) { $0[$1.channel] = $1.version } }

    /// The versions that a channel has come by and can go back to, the last of them last.
    public func earlier(_ channel: String) -> [Int] {
        moves.filter { $0.channel == channel }.reduce(into: [Int]()) { path, move in
            if move.isRollback {
                _ = path.popLast()
            } else if let from = move.from {
                path.append(from)
            }
        }
    }

    /// Points a channel at a version.
    ///
    /// - Returns: false when it points there already; nothing is changed then.
    public mutating func promote(_ channel: String, to version: Int, at time: Timestamp, by person: String) -> Bool {
        let from = versions[channel]
        guard from != version else { return false }
        moves.append(Move(channel: channel, version: version, from: from, time: time, by: person, isRollback: false))
        return true
    }

    /// Points a channel at the version before.
    ///
    /// - Returns: the version that it points at then; nil when there is none before.
    public mutating func rollBack(_ channel: String, at time: Timestamp, by person: String) -> Int? {
        guard let version = earlier(channel).last else { return nil }
        moves.append(
            Move(
                channel: channel, version: version, from: versions[channel], time: time, by: person, isRollback: true))
        return version
    }
}

extension ImageStore {
    private func channelsPath(_ name: String) -> String { "\(directory)/\(name)/channels.json" }

    /// The channels of an image; none when it has no file of them.
    public func channels(of name: String) throws -> ImageChannels {
        guard ImageReference.isValidName(name) else {
            throw MusterError(.invalidInput, "'\(name)' cannot name an image")
        }
        let path = channelsPath(name)
        guard Files.exists(path) else { return ImageChannels() }
        return try MusterJSON.decode(from: Files.read(path, limit: 16 << 20), of: path)
    }

    /// Changes the channels of an image; nobody else does meanwhile.
    public func changeChannels<Result>(of name: String, _ change: (inout ImageChannels) throws -> Result) throws
        -> Result
    {
        let lock = try FileLock(in: "\(directory)/\(name)", doing: "changing the channels of \(name)")
        defer { lock.release() }
        var channels = try channels(of: name)
        let before = channels
        let result = try change(&channels)
        if channels != before {
            try AtomicFile.write(try MusterJSON.encode(channels, pretty: true), to: channelsPath(name))
        }
        return result
    }
}
