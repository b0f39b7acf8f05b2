/// What a request asks for: `enum fuse_opcode` of Linux's include/uapi/linux/fuse.h, as far as a read-only file system
/// has to tell them apart.
enum FUSEOpcode: UInt32, Sendable {
    case lookup = 1
    case forget = 2
    case getAttributes = 3
    case setAttributes = 4
    case readLink = 5
    case makeSymbolicLink = 6
    case makeNode = 8
    case makeDirectory = 9
    case unlink = 10
    case removeDirectory = 11
    case rename = 12
    case link = 13
    case open = 14
    case read = 15
    case write = 16
    case statFileSystem = 17
    case release = 18
    case setExtendedAttribute = 21
    case removeExtendedAttribute = 24
    case initialize = 26
    case openDirectory = 27
    case readDirectory = 28
    case releaseDirectory = 29
    case access = 34
    case create = 35
    case interrupt = 36
    case destroy = 38
    case notifyReply = 41
    case batchForget = 42
    case allocate = 43
    case renameWithFlags = 45
    case copyRange = 47
    case makeTemporaryFile = 51

    /// True for what would change something.
    var isWriting: Bool {
        switch self {
        case .setAttributes, .makeSymbolicLink, .makeNode, .makeDirectory, .unlink, .removeDirectory, .rename, .link,
            .write, .setExtendedAttribute, .removeExtendedAttribute, .create, .allocate, .renameWithFlags, .copyRange,
            .makeTemporaryFile:
            true
        default: false
        }
    }
}

/// Error numbers as the kernel wants them in a reply. They are the same on all processors that Muster runs on.
public enum FUSEError: Int32, Sendable {
    case noEntry = 2
    case inputOutput = 5
    case isDirectory = 21
    case notDirectory = 20
    case invalid = 22
    case readOnly = 30
    case noSuchCall = 38
    case protocolMismatch = 71
    case stale = 116
}
