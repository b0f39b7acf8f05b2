import DiskFormats
import MusterBase

/// Puts the layers of a container image one over the other, as the OCI specification has it ("Image Layer Filesystem
/// Changeset"): a later entry takes the place of an earlier one, and whiteouts take away what is below them. All of it is
/// done on names: nothing is written before the whole is known, so no link of a layer leads anywhere.
package struct LayerMerge {
    /// A file of a layer; its content stays there.
    package struct Piece: Sendable {
        package let layer: Int
        package let entry: TreeEntry
    }

    private final class Place {
        var piece: Piece?
        /// What the entry shares its content with, for hard links.
        var origin: Piece?
        var children: [TreeName: Place] = [:]

        var isDirectory: Bool {
            guard let piece else { return true }
            return piece.entry.header.kind == .directory
        }
    }

    private let root = Place()
    private var layers = 0

    package init() {}

    private static let prefix = ".wh."
    private static let opaque = ".wh..wh..opq"
    private static let here = TreeName(".")
    private static let above = TreeName("..")

    /// Puts a layer over those before it. Throws ``MusterError`` `malformed` for what cannot be a file system.
    package mutating func add(_ entries: [TreeEntry]) throws {
        let layer = layers
        layers += 1
        // Whiteouts are for the layers below, wherever in the archive they stand.
        for entry in entries { try takeAway(entry) }
        for entry in entries where !entry.path.isEmpty {
            if TreeName.names(on: entry.path).last?.hasPrefix(Self.prefix) == false { try put(entry, layer: layer) }
        }
    }

    private func takeAway(_ entry: TreeEntry) throws {
        let components = TreeName.names(on: entry.path)
        guard let name = components.last, name.hasPrefix(Self.prefix) else { return }
        guard let parent = try directory(components.dropLast(), isMade: false) else { return }
        if name == TreeName(Self.opaque) { return parent.children.removeAll() }
        // Others that begin so are aufs' own.
        if name.hasPrefix(".wh..wh.") { return }
        parent.children[name.dropping(Self.prefix)] = nil
    }

    private func put(_ entry: TreeEntry, layer: Int) throws {
        let components = TreeName.names(on: entry.path)
        guard let name = components.last, let parent = try directory(components.dropLast(), isMade: true) else {
            return
        }
        let place = Place()
        place.piece = Piece(layer: layer, entry: entry)
        place.origin = place.piece
        if entry.header.kind == .hardLink {
            let target = TreeName.names(on: TreeScan.cleaned(entry.header.linkTarget))
            guard let last = target.last,
                let other = try directory(target.dropLast(), isMade: false)?.children[last], !other.isDirectory,
                !target.contains(Self.above)
            else {
                throw Self.malformed("\(entry.path) is a link to \(entry.header.linkTarget), which is no file there")
            }
            place.piece = other.piece
            place.origin = other.origin
        }
        if entry.header.kind == .directory, let known = parent.children[name], known.isDirectory {
            place.children = known.children
        }
        parent.children[name] = place
    }

    /// The directory at a path, links followed within the tree.
    ///
    /// - Parameter isMade: one that is not there comes into being, for an entry in it; else the answer is nil.
    private func directory(_ components: some Sequence<TreeName>, isMade: Bool) throws -> Place? {
        var path = [root]
        var rest = Array(components)[...]
        var links = 0
        while let name = rest.popFirst() {
            guard let here = path.last else { return nil }
            if name == Self.here { continue }
            if name == Self.above {
                if path.count > 1 { path.removeLast() }
                continue
            }
            guard let next = here.children[name] else {
                guard isMade else { return nil }
                let made = Place()
                here.children[name] = made
                path.append(made)
                continue
            }
            guard let piece = next.piece, piece.entry.header.kind == .symbolicLink else {
                guard next.isDirectory else {
                    guard isMade else { return nil }
                    throw Self.malformed("\(name.text) is no directory, and something lies in it")
                }
                path.append(next)
                continue
            }
            links += 1
            guard links <= 40 else { throw Self.malformed("links go in a circle at \(name.text)") }
            let target = piece.entry.header.linkTarget
            if target.utf8.first == UInt8(ascii: "/") { path = [root] }
            rest = (TreeName.names(on: target) + rest)[...]
        }
        return path.last
    }

    private static func malformed(_ what: String) -> MusterError {
        MusterError(.malformed, "a layer of the container image cannot be applied: \(what)")
    }

    /// What comes out: all entries, a directory before what is in it, sorted. Content is to be taken from the piece.
    ///
    /// - Parameter body: gets the header to write, attributes, and the piece whose content follows it, if any.
    package func writeAll(_ body: (TarHeader, [TarRecords.Record], Piece?) throws -> Void) throws {
        var written: [Key: String] = [:]
        var waiting: [(path: String, place: Place)] = Self.sorted(root, below: "")
        while let (path, place) = waiting.popLast() {
            try Self.write(path, place, &written, body)
            if place.isDirectory { waiting += Self.sorted(place, below: path + "/") }
        }
    }

    private struct Key: Hashable {
        let layer: Int
        let offset: UInt64
        let path: TreeName
    }

    /// The last comes first, for a stack.
    private static func sorted(_ place: Place, below prefix: String) -> [(path: String, place: Place)] {
        place.children.sorted { $0.key > $1.key }.map { (path: prefix + $0.key.text, place: $0.value) }
    }

    private static func write(
        _ path: String, _ place: Place, _ written: inout [Key: String],
        _ body: (TarHeader, [TarRecords.Record], Piece?) throws -> Void
    ) throws {
        guard let piece = place.piece else {
            return try body(
                TarHeader(path: path, permissions: 0o755, modificationTime: 0, kind: .directory), [], nil)
        }
        var header = piece.entry.header
        header.path = path
        guard header.kind == .file, let origin = place.origin else {
            header.size = 0
            return try body(header, piece.entry.attributes, nil)
        }
        let key = Key(layer: origin.layer, offset: origin.entry.contentOffset, path: TreeName(origin.entry.path))
        if let first = written[key] {
            header.kind = .hardLink
            header.linkTarget = first
            header.size = 0
            return try body(header, [], nil)
        }
        written[key] = path
        try body(header, piece.entry.attributes, origin)
    }
}
