import MusterBase

/// A node hands over the key by which an encrypted disk of its can be opened without its TPM.
public struct RecoveryKeyReport: Codable, Sendable, Hashable {
    /// The UUID of the LUKS header.
    public var volume: String
    /// A secret, as it is typed at the machine's console.
    public var key: String

    public init(volume: String, key: String) {
        self.volume = volume
        self.key = key
    }
}

/// The recovery keys of a node, the newest first: secrets.
public struct RecoveryKeyList: Codable, Sendable, Hashable {
    public struct RecoveryKey: Codable, Sendable, Hashable {
        /// The UUID of the LUKS header.
        public var volume: String
        public var key: String
        /// When the node handed it over.
        public var time: Timestamp
        public var deployment: String

        public init(volume: String, key: String, time: Timestamp, deployment: String) {
            self.volume = volume
            self.key = key
            self.time = time
            self.deployment = deployment
        }
    }

    public var keys: [RecoveryKey]

    public init(keys: [RecoveryKey]) { self.keys = keys }
}
