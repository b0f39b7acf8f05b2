import MusterBase

/// A profile's answers to the questions of an installer.
public struct AnswerFile: Hashable, Sendable {
    public let name: String
    /// On the servers of all members: `/os/<profile>/<name>`.
    public let path: String
    public let digest: ContentDigest
}
