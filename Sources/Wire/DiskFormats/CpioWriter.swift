import MusterBase

/// Writes a cpio archive in the "newc" form that the kernel unpacks into the initramfs.
///
/// The same entries in the same order always give the same bytes: inode numbers are counted from 1, all times are the
/// one given. Directories above an entry are added where they are missing, since the kernel does not make them.
public struct CpioWriter: Sendable {
    private var output = ByteWriter()
    private var directories: Set<String> = []
    private var paths: Set<String> = []
    private var lastInode: UInt32 = 0
    private let modificationTime: UInt32

    /// - Parameter modificationTime: Of all entries, in seconds since 1970.
    public init(modificationTime: UInt32 = 0) { self.modificationTime = modificationTime }

    /// Adds an entry. Throws ``MusterError`` with code `invalidInput` for a path that leaves the archive, is there
    /// already or is too long, and for a file of 4 GiB or more.
    ///
    /// - Parameter withParents: false for an entry whose directories are there when the archive is unpacked, made by another
    ///   one: an entry for a directory takes the place of a link of that name.
    public mutating func append(_ entry: CpioEntry, withParents: Bool = true) throws(MusterError) {
        let components = try CpioWriter.components(of: entry.path)
        if entry.content == .directory, directories.contains(entry.path) { return }
        guard !paths.contains(entry.path) else {
            throw MusterError(.invalidInput, "the cpio archive has two entries named \(entry.path)")
        }
        for depth in 1..<max(1, withParents ? components.count : 1) {
            let parent = components[..<depth].joined(separator: "/")
            if directories.contains(parent) { continue }
            guard !paths.contains(parent) else {
                throw MusterError(
                    .invalidInput, "the cpio archive cannot hold \(entry.path): \(parent) is no directory in it")
            }
            try write(.directory(parent))
        }
        try write(entry)
    }

    /// Ends the archive.
    ///
    /// - Parameter alignment: The length is filled up with zeros to a multiple of this. Four at least: the kernel finds
    ///   an archive that follows only there.
    public mutating func finish(alignment: Int = 512) -> [UInt8] {
        writeHeader(path: CpioNumber.trailer, mode: 0, links: 1, size: 0, inode: 0, time: 0)
        output.align(to: max(4, alignment))
        return output.bytes
    }

    private static func components(of path: String) throws(MusterError) -> [Substring] {
        let components = path.split(separator: "/", omittingEmptySubsequences: false)
        guard !path.isEmpty, path.utf8.count <= CpioNumber.longestPath, path != CpioNumber.trailer,
            !path.utf8.contains(0), components.allSatisfy({ !$0.isEmpty && $0 != "." && $0 != ".." })
        else { throw MusterError(.invalidInput, "'\(path)' cannot be a path in a cpio archive") }
        return components
    }

    private mutating func write(_ entry: CpioEntry) throws(MusterError) {
        let (kind, data, device) = CpioWriter.parts(of: entry.content)
        guard let size = UInt32(exactly: data.count) else {
            throw MusterError(.invalidInput, "\(entry.path) is too long for a cpio archive: \(data.count) octets")
        }
        lastInode += 1
        writeHeader(
            path: entry.path, mode: kind | UInt32(entry.permissions), links: entry.content == .directory ? 2 : 1,
            size: size, inode: lastInode, time: modificationTime, owner: (entry.owner, entry.group), device: device)
        output.write(data)
        output.align(to: 4)
        paths.insert(entry.path)
        if entry.content == .directory { directories.insert(entry.path) }
    }

    private static func parts(of content: CpioEntry.Content) -> (kind: UInt32, [UInt8], device: (UInt32, UInt32)) {
        switch content {
        case .directory: (CpioNumber.directory, [], (0, 0))
        case .file(let bytes): (CpioNumber.file, bytes, (0, 0))
        case .symbolicLink(let target): (CpioNumber.symbolicLink, Array(target.utf8), (0, 0))
        case .characterDevice(let major, let minor): (CpioNumber.characterDevice, [], (major, minor))
        case .blockDevice(let major, let minor): (CpioNumber.blockDevice, [], (major, minor))
        case .fifo: (CpioNumber.fifo, [], (0, 0))
        case .socket: (CpioNumber.socket, [], (0, 0))
        }
    }

    /// Field order: inode, mode, uid, gid, nlink, mtime, filesize, devmajor, devminor, rdevmajor, rdevminor, namesize
    /// with the zero behind the name, check.
    private mutating func writeHeader(
        path: String, mode: UInt32, links: UInt32, size: UInt32, inode: UInt32, time: UInt32,
        owner: (UInt32, UInt32) = (0, 0), device: (UInt32, UInt32) = (0, 0)
    ) {
        let name = Array(path.utf8)
        output.write(CpioNumber.magic)
        let fields = [
            inode, mode, owner.0, owner.1, links, time, size, 0, 0, device.0, device.1, UInt32(name.count + 1), 0,
        ]
        for field in fields {
            output.write(hexText(withUnsafeBytes(of: field.bigEndian) { Array($0) }).utf8)
        }
        output.write(name)
        output.writeZeros(1)
        output.align(to: 4)
    }
}
