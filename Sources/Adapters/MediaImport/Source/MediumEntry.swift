import Media
/// One name on a medium.
struct MediumEntry: Sendable, Hashable {
    enum Kind: Sendable, Hashable {
        case file
        case directory
        /// A symbolic link that says this.
        case link(String)
        /// Another name of a file that came before.
        case hardLink(String)
    }

    /// As ``EntryName`` lets it through.
    var path: String
    var kind: Kind
    /// Octets of a file.
    var size: Int64
    /// Seconds since 1970.
    var modified: Int64
}

/// Hands a file's octets to its argument, in order, a piece at a time; a piece is gone when the call returns. To be called
/// at most once, and only within the visit that it was given to.
typealias EntryContent = ((UnsafeRawBufferPointer) throws -> Void) throws -> Void

/// What media are read from: a directory, an ISO image, a tar archive.
protocol MediumSource: Sendable {
    /// Last component of its path or address.
    var name: String { get }
    /// Of an ISO image.
    var volumeLabel: String? { get }
    /// The ISO image itself; nil when it is none.
    var imagePath: String? { get }

    /// Visits every entry once, in the order in which the source has them; directories may be left out.
    func walk(_ visit: (MediumEntry, EntryContent) throws -> Void) throws
}
