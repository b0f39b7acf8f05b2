/// What a tethered machine keeps of its root file system in the end.
public enum RootFill: String, Codable, Sendable, CaseIterable {
    /// What is in use, for as long as it is.
    case none
    /// All of it, in memory: from then on the machine needs no server.
    case memory
    /// All of it, on a local disk.
    case disk
}
