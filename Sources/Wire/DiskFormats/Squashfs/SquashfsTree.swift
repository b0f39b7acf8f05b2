import MusterBase

/// The names of a file system and the inodes that they stand for, gathered before anything about them is written.
struct SquashfsTree {
    struct Node {
        var kind: SquashfsFormat.InodeKind
        var permissions: UInt16
        /// Places in the table of identifiers.
        var owner: UInt16
        var group: UInt16
        var time: UInt32
        /// A place among the attributes, or ``SquashfsFormat/none``.
        var attributes: UInt32
        var target: [UInt8] = []
        /// As the inode holds it.
        var device: UInt32 = 0
        /// A place among the contents; nil for an empty file.
        var content: Int?
        /// Names that stand for it; for a directory, what is counted as such.
        var links: UInt32 = 1
        var children: [Child] = []
        /// Whether no entry described it yet: it is there because something is below it.
        var isImplied = false
    }

    struct Child {
        let name: [UInt8]
        let node: Int
    }

    private struct Link {
        let path: String
        let target: [UInt8]
    }

    private(set) var nodes: [Node] = []
    private(set) var attributes = SquashfsAttributes()
    private(set) var identifiers = SquashfsIdentifiers()
    /// By path, as octets: strings are the same to Swift also when their octets differ.
    private var places: [[UInt8]: Int] = [:]
    private var links: [[UInt8]: Link] = [:]
    private var linkOrder: [[UInt8]] = []
    private let time: UInt32

    static let root = 0

    /// - Parameter time: Of directories that no entry describes.
    init(time: UInt32) throws(MusterError) {
        self.time = time
        _ = try add(SquashfsEntry("", .directory, permissions: 0o755, modificationTime: Int64(time)))
        nodes[Self.root].isImplied = true
    }

    /// Adds an entry.
    ///
    /// - Returns: the node; nil for a hard link, whose node may not be there yet.
    /// - Throws: ``MusterError`` `invalidInput` for what the format cannot hold, a path that is there already or is below
    ///   something that is no directory; `exhausted` for too many owners.
    mutating func add(_ entry: SquashfsEntry) throws(MusterError) -> Int? {
        try entry.check()
        let components = try SquashfsEntry.components(of: entry.path)
        let path = Array(entry.path.utf8)
        guard links[path] == nil else { throw entry.wrong("another entry has this path") }
        if case .hardLink(let target) = entry.kind {
            guard places[path] == nil else { throw entry.wrong("another entry has this path") }
            _ = try parent(of: components, entry)
            links[path] = Link(path: entry.path, target: Array(target.utf8))
            linkOrder.append(path)
            return nil
        }
        var node = try node(for: entry)
        if let place = places[path] {
            guard nodes[place].isImplied, node.kind == .directory else {
                throw entry.wrong("another entry has this path")
            }
            node.children = nodes[place].children
            node.links = nodes[place].links
            nodes[place] = node
            return place
        }
        return try insert(node, path: path, parent: try parent(of: components, entry))
    }

    mutating func setContent(_ content: Int?, of node: Int) { nodes[node].content = content }

    /// Gives hard links the nodes that they stand for, and sorts the names. To be called once, when all are there.
    mutating func complete() throws(MusterError) {
        for path in linkOrder {
            guard let link = links[path] else { continue }
            let wrong = MusterError(
                .invalidInput, "squashfs cannot hold \(link.path): a link to something that is not there or a directory"
            )
            var target = link.target
            var steps = 0
            while places[target] == nil, let next = links[target], steps < linkOrder.count {
                target = next.target
                steps += 1
            }
            guard let node = places[target], nodes[node].kind != .directory, nodes[node].links < .max,
                let (directory, name) = place(of: path)
            else { throw wrong }
            nodes[node].links += 1
            nodes[directory].children.append(Child(name: name, node: node))
        }
        for index in nodes.indices where nodes[index].children.count > 1 {
            nodes[index].children.sort { $0.name.lexicographicallyPrecedes($1.name) }
        }
    }

    /// All directories, each behind those below it.
    func directoriesFromBelow() -> [Int] {
        var order: [Int] = []
        var open: [(node: Int, next: Int)] = [(Self.root, 0)]
        while let (node, next) = open.last {
            let children = nodes[node].children
            if next == children.count {
                order.append(node)
                open.removeLast()
                continue
            }
            open[open.count - 1].next += 1
            let child = children[next].node
            if nodes[child].kind == .directory { open.append((child, 0)) }
        }
        return order
    }

    private mutating func node(for entry: SquashfsEntry) throws(MusterError) -> Node {
        var node = Node(
            kind: .file, permissions: entry.permissions, owner: try identifiers.place(of: entry.owner),
            group: try identifiers.place(of: entry.group), time: UInt32(clamping: entry.modificationTime),
            attributes: try attributes.place(of: entry))
        switch entry.kind {
        case .directory:
            node.kind = .directory
            node.links = 2
        case .file, .hardLink: break
        case .symbolicLink(let target):
            node.kind = .symbolicLink
            node.target = Array(target.utf8)
        case .blockDevice(let major, let minor):
            node.kind = .blockDevice
            node.device = Self.device(major, minor)
        case .characterDevice(let major, let minor):
            node.kind = .characterDevice
            node.device = Self.device(major, minor)
        case .fifo: node.kind = .fifo
        case .socket: node.kind = .socket
        }
        return node
    }

    /// Eight bits of the minor, twelve of the major, the other twelve of the minor.
    private static func device(_ major: UInt32, _ minor: UInt32) -> UInt32 {
        minor & 0xFF | (major & 0xFFF) << 8 | (minor & 0xFFF00) << 12
    }

    private mutating func insert(_ node: Node, path: [UInt8], parent: Int?) throws(MusterError) -> Int {
        let place = nodes.count
        guard place < Int(UInt32.max) - 1 else { throw MusterError(.exhausted, "too many files for squashfs") }
        nodes.append(node)
        places[path] = place
        if let parent, let name = self.place(of: path)?.name {
            nodes[parent].children.append(Child(name: name, node: place))
            if node.kind == .directory { nodes[parent].links += 1 }
        }
        return place
    }

    /// The directory that a path is in; missing ones are made. Nil for the root.
    private mutating func parent(
        of components: [Substring], _ entry: SquashfsEntry
    ) throws(MusterError) -> Int? {
        if components.isEmpty { return nil }
        var path: [UInt8] = []
        var here = Self.root
        let whole = Array(entry.path.utf8)
        if let slash = whole.lastIndex(of: UInt8(ascii: "/")), let known = places[Array(whole[..<slash])] {
            here = known
        } else {
            for component in components.dropLast() {
                path += (path.isEmpty ? [] : [UInt8(ascii: "/")]) + Array(component.utf8)
                guard links[path] == nil else { throw entry.wrong("what is above it is no directory") }
                if let known = places[path] {
                    here = known
                } else {
                    guard nodes[here].kind == .directory else { break }
                    var node = try node(for: SquashfsEntry("", .directory, permissions: 0o755))
                    node.time = time
                    node.isImplied = true
                    here = try insert(node, path: path, parent: here)
                }
            }
        }
        guard nodes[here].kind == .directory else { throw entry.wrong("what is above it is no directory") }
        return here
    }

    private func place(of path: [UInt8]) -> (directory: Int, name: [UInt8])? {
        guard let slash = path.lastIndex(of: UInt8(ascii: "/")) else { return path.isEmpty ? nil : (Self.root, path) }
        return places[Array(path[..<slash])].map { ($0, Array(path[(slash + 1)...])) }
    }
}
