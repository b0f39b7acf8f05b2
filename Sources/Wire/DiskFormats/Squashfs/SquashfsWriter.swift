import MusterBase

/// Writes a squashfs 4.0 file system.
///
/// The writer keeps the order and the tables; compressing and writing are its caller's. The file begins with ``head``;
/// behind it come the data blocks, in the order in which the writer gives them out, each compressed or as it is; behind
/// these what ``finish(_:)`` returns, which also has the superblock to put over the first octets.
///
///     let file = try writer.addFile(entry, size: 5, digest: nil)      // .content or .known
///     for block in try writer.append(octets) { … }                    // compress, write
///     try writer.store(number, octets: 3, isCompressed: true)         // for each block, in order
///
/// The same entries in the same order give the same file. Data lies in the order of the entries; names are sorted.
public struct SquashfsWriter: Sendable {
    /// A data or fragment block to be written.
    public struct Block: Sendable {
        /// Counted from 0, in the order in which blocks have to stand in the file.
        public let number: Int
        public let octets: [UInt8]
    }

    /// Whether a file's content is still to come.
    public enum Wanted: Sendable, Hashable {
        /// It has to be given to ``append(_:)``.
        case content
        /// It is there already, or the file is empty.
        case known
    }

    let options: SquashfsOptions
    var tree: SquashfsTree
    var contents: SquashfsContents
    private var fragments: SquashfsFragments
    /// The file whose content is being given.
    private var open: (path: String, content: Int, left: UInt64)?

    /// The first octets of the file: a place for the superblock, and the compressor's options.
    public let head: [UInt8]

    /// Throws ``MusterError`` `invalidInput` for a block size that the format does not have.
    public init(_ options: SquashfsOptions) throws(MusterError) {
        guard (4 << 10...1 << 20).contains(options.blockSize), options.blockSize.nonzeroBitCount == 1 else {
            throw MusterError(.invalidInput, "squashfs has no blocks of \(options.blockSize) octets")
        }
        self.options = options
        tree = try SquashfsTree(time: UInt32(clamping: options.time))
        fragments = SquashfsFragments(blockSize: options.blockSize)
        var writer = ByteWriter()
        writer.writeZeros(SquashfsFormat.superblockLength)
        let settings = options.compression.options
        if !settings.isEmpty {
            writer.writeLittle(UInt16(truncatingIfNeeded: settings.count) | SquashfsFormat.storedMetadata)
            writer.write(settings)
        }
        head = writer.bytes
        contents = SquashfsContents(position: UInt64(head.count))
    }

    /// Adds anything; a file is empty. Directories above that no entry describes belong to root and have the mode 0755.
    ///
    /// Throws ``MusterError``: `invalidInput` for what the format cannot hold and for a path that is there already,
    /// `exhausted` when there are too many owners or files.
    public mutating func add(_ entry: SquashfsEntry) throws(MusterError) {
        try checkNoOpenFile(entry.path)
        _ = try tree.add(entry)
    }

    /// Adds a file with content.
    ///
    /// - Parameter digest: A cryptographic digest of the content, to store it once when another file has the same; nil
    ///   when that is not wanted or no other file has this size.
    public mutating func addFile(
        _ entry: SquashfsEntry, size: UInt64, digest: [UInt8]?
    ) throws(MusterError) -> Wanted {
        try checkNoOpenFile(entry.path)
        guard case .file = entry.kind else { throw entry.wrong("content for what is no file") }
        guard size <= UInt64(Int64.max) else { throw entry.wrong("\(size) octets") }
        guard let node = try tree.add(entry), size > 0 else { return .known }
        let key = digest.map { SquashfsContents.Key(size: size, digest: $0) }
        if let key, let content = contents.find(key) {
            tree.setContent(content, of: node)
            return .known
        }
        let content = contents.begin(size: size, key: key)
        tree.setContent(content, of: node)
        open = (entry.path, content, size)
        return .content
    }

    /// Takes the next part of the file that was added last: a whole block, or the rest when it is shorter.
    ///
    /// - Returns: blocks to be written; none for a block of zeros, and often none for a small file.
    public mutating func append(_ octets: [UInt8]) throws(MusterError) -> [Block] {
        guard let (path, content, left) = open,
            UInt64(octets.count) == min(left, UInt64(options.blockSize))
        else { throw MusterError(.invalidInput, "squashfs: content of \(octets.count) octets that no file waits for") }
        open = left == UInt64(octets.count) ? nil : (path, content, left - UInt64(octets.count))
        if contents.all[content].size < UInt64(options.blockSize) { return gather(octets, path, content) }
        if Self.isZero(octets) {
            contents.addHole(to: content)
            return []
        }
        return [Block(number: contents.addBlock(to: content), octets: octets)]
    }

    /// The block that small files are still gathered in, when there is one. Nothing may be added behind it.
    public mutating func lastBlock() throws(MusterError) -> Block? {
        try checkNoOpenFile("the end")
        var last: Block?
        fragments.end { last = Block(number: contents.addFragmentBlock(), octets: $0) }
        return last
    }

    /// Tells how a block was written: with how many octets, and whether compressed. Blocks are told of in order.
    public mutating func store(_ number: Int, octets: Int, isCompressed: Bool) throws(MusterError) {
        guard number == contents.stored.count, number < contents.blockCount, octets > 0,
            octets <= options.blockSize
        else { throw MusterError(.internalFailure, "squashfs: block \(number) of \(octets) octets is not expected") }
        contents.store(octets: UInt32(truncatingIfNeeded: octets), isCompressed: isCompressed)
    }

    private mutating func gather(_ octets: [UInt8], _ path: String, _ content: Int) -> [Block] {
        var blocks: [Block] = []
        let place = fragments.add(octets, path: path) {
            blocks.append(Block(number: contents.addFragmentBlock(), octets: $0))
        }
        contents.setFragment(place, of: content)
        return blocks
    }

    private func checkNoOpenFile(_ next: String) throws(MusterError) {
        if let open {
            throw MusterError(.invalidInput, "squashfs: \(next) comes before \(open.left) octets of \(open.path)")
        }
    }

    private static func isZero(_ octets: [UInt8]) -> Bool {
        octets.withUnsafeBytes { bytes in
            var offset = 0
            while offset + 8 <= bytes.count {
                if bytes.loadUnaligned(fromByteOffset: offset, as: UInt64.self) != 0 { return false }
                offset += 8
            }
            return bytes[offset...].allSatisfy { $0 == 0 }
        }
    }
}
