import MusterBase

/// Writes the inodes and the directories' listings.
///
/// A directory's children have their inodes side by side, in the order of their names; below come before above, since
/// an inode of a directory says where its listing is.
struct SquashfsInodeTable {
    private let tree: SquashfsTree
    private let contents: SquashfsContents
    private let blockSize: UInt64
    private(set) var inodes: SquashfsMetadata
    private(set) var directories: SquashfsMetadata
    /// By node.
    private var numbers: [UInt32]
    private var places: [SquashfsMetadata.Place]
    private var listings: [Int: SquashfsListing] = [:]
    /// By number, from 1.
    private(set) var references: [UInt64] = []

    var count: UInt32 { UInt32(truncatingIfNeeded: references.count) }
    var root: SquashfsMetadata.Place { places[SquashfsTree.root] }

    init(
        tree: SquashfsTree, contents: SquashfsContents, blockSize: Int, _ compressor: any SquashfsCompressor
    ) {
        self.tree = tree
        self.contents = contents
        self.blockSize = UInt64(blockSize)
        inodes = SquashfsMetadata(compressor)
        directories = SquashfsMetadata(compressor)
        numbers = [UInt32](repeating: 0, count: tree.nodes.count)
        places = [SquashfsMetadata.Place](repeating: SquashfsMetadata.Place(), count: tree.nodes.count)
    }

    mutating func write() throws {
        let order = tree.directoriesFromBelow()
        assignNumbers(order)
        for directory in order {
            for child in tree.nodes[directory].children where numbers[child.node] > references.count {
                try writeInode(child.node, parent: directory)
            }
            listings[directory] = try writeListing(of: directory)
        }
        try writeInode(SquashfsTree.root, parent: nil)
        try inodes.finish()
        try directories.finish()
        guard inodes.octets.count <= Int(UInt32.max), directories.octets.count <= Int(UInt32.max) else {
            throw MusterError(.exhausted, "too many files for squashfs: a table is longer than 4 GiB")
        }
    }

    /// In the order in which inodes are written; a file with several names is counted at the first.
    private mutating func assignNumbers(_ order: [Int]) {
        var last: UInt32 = 0
        for directory in order {
            for child in tree.nodes[directory].children where numbers[child.node] == 0 {
                last += 1
                numbers[child.node] = last
            }
        }
        numbers[SquashfsTree.root] = last + 1
    }

    private mutating func writeListing(of directory: Int) throws -> SquashfsListing {
        let children = tree.nodes[directory].children
        let entries = children.map { child in
            SquashfsListing.Entry(
                name: child.name, place: places[child.node], number: numbers[child.node],
                kind: tree.nodes[child.node].kind)
        }
        return try SquashfsListing.write(entries, to: &directories)
    }

    private mutating func writeInode(_ index: Int, parent: Int?) throws {
        let node = tree.nodes[index]
        let record: [UInt8]
        switch node.kind {
        case .directory: record = try directory(node, index, parent)
        case .file: record = file(node, index)
        default: record = special(node, index)
        }
        places[index] = inodes.place
        references.append(inodes.place.reference)
        try inodes.append(record)
    }

    private func header(_ node: SquashfsTree.Node, _ index: Int, isExtended: Bool) -> ByteWriter {
        var writer = ByteWriter(reserving: 64)
        writer.writeLittle(node.kind.number(isExtended: isExtended))
        writer.writeLittle(node.permissions)
        writer.writeLittle(node.owner)
        writer.writeLittle(node.group)
        writer.writeLittle(node.time)
        writer.writeLittle(numbers[index])
        return writer
    }

    private func directory(_ node: SquashfsTree.Node, _ index: Int, _ parent: Int?) throws -> [UInt8] {
        let listing = listings[index] ?? SquashfsListing()
        // Three more than the listing has: readers count "." and ".." so.
        guard let size = UInt32(exactly: listing.length + 3), let indexCount = UInt16(exactly: listing.index.count)
        else { throw MusterError(.exhausted, "squashfs cannot hold a directory of \(node.children.count) names") }
        // The root's parent is a number that no inode has.
        let parentNumber = parent.map { numbers[$0] } ?? numbers[index] + 1
        let start = UInt32(truncatingIfNeeded: listing.place.block)
        let isExtended = node.attributes != SquashfsFormat.none || size > UInt16.max || !listing.index.isEmpty
        var writer = header(node, index, isExtended: isExtended)
        if isExtended {
            writer.writeLittle(node.links)
            writer.writeLittle(size)
            writer.writeLittle(start)
            writer.writeLittle(parentNumber)
            writer.writeLittle(indexCount)
            writer.writeLittle(listing.place.offset)
            writer.writeLittle(node.attributes)
            for entry in listing.index { entry.write(to: &writer) }
        } else {
            writer.writeLittle(start)
            writer.writeLittle(node.links)
            writer.writeLittle(UInt16(truncatingIfNeeded: size))
            writer.writeLittle(listing.place.offset)
            writer.writeLittle(parentNumber)
        }
        return writer.bytes
    }

    private func file(_ node: SquashfsTree.Node, _ index: Int) -> [UInt8] {
        let content = node.content.map { contents.all[$0] } ?? SquashfsContents.Content(size: 0)
        let start = content.firstBlock.map { contents.stored[$0].position } ?? 0
        var sparse: UInt64 = 0
        for (number, isHole) in content.holes.enumerated() where isHole {
            sparse += min(blockSize, content.size - UInt64(number) * blockSize)
        }
        let isExtended =
            node.attributes != SquashfsFormat.none || node.links > 1 || sparse > 0 || start > UInt32.max
            || content.size > UInt32.max
        var writer = header(node, index, isExtended: isExtended)
        let fragment = content.fragment?.fragment ?? SquashfsFormat.none
        let offset = content.fragment?.offset ?? 0
        if isExtended {
            writer.writeLittle(start)
            writer.writeLittle(content.size)
            writer.writeLittle(sparse)
            writer.writeLittle(node.links)
            writer.writeLittle(fragment)
            writer.writeLittle(offset)
            writer.writeLittle(node.attributes)
        } else {
            writer.writeLittle(UInt32(truncatingIfNeeded: start))
            writer.writeLittle(fragment)
            writer.writeLittle(offset)
            writer.writeLittle(UInt32(truncatingIfNeeded: content.size))
        }
        var block = content.firstBlock ?? 0
        for isHole in content.holes {
            writer.writeLittle(isHole ? 0 : contents.stored[block].size)
            if !isHole { block += 1 }
        }
        return writer.bytes
    }

    /// Symbolic links, devices, fifos and sockets.
    private func special(_ node: SquashfsTree.Node, _ index: Int) -> [UInt8] {
        let isExtended = node.attributes != SquashfsFormat.none
        var writer = header(node, index, isExtended: isExtended)
        writer.writeLittle(node.links)
        switch node.kind {
        case .symbolicLink:
            writer.writeLittle(UInt32(truncatingIfNeeded: node.target.count))
            writer.write(node.target)
        case .blockDevice, .characterDevice: writer.writeLittle(node.device)
        default: break
        }
        if isExtended { writer.writeLittle(node.attributes) }
        return writer.bytes
    }
}
