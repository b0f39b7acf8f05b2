import LinuxSystem
import MusterBase

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif

/// All that is in a directory tree on one file system, in the order of the names: parents before what is in them.
package struct TreeListing: Sendable {
    package struct Entry: Sendable {
        /// Below the top, octets as the file system has them, without a slash in front and with a zero at the end.
        package let path: [CChar]
        package let status: stat
    }

    package private(set) var entries: [Entry] = []
    /// Octets of all files, hard links counted once.
    package private(set) var content: Int64 = 0
    /// The same in whole blocks of 4096 octets, and one for each entry.
    package private(set) var room: Int64 = 0

    /// Lists the tree. What is mounted in it is left out.
    package init(of top: String) throws {
        var status = stat()
        guard lstat(top, &status) == 0 else { throw systemError("cannot look at \(top)") }
        var linked: Set<ino_t> = []
        entries.append(Entry(path: [0], status: status))
        try list([], top, device: status.st_dev, &linked)
    }

    /// The same without what lies below some directories; the directories themselves stay out as well.
    ///
    /// - Parameter paths: absolute, `/home`.
    package func without(_ paths: [String]) -> TreeListing {
        guard !paths.isEmpty else { return self }
        let prefixes = paths.map { path in path.utf8.dropFirst().map { CChar(bitPattern: $0) } }
        var listing = self
        listing.entries.removeAll { entry in
            prefixes.contains { prefix in
                entry.path.starts(with: prefix) && [0, 0x2F].contains(entry.path[prefix.count])
            }
        }
        return listing
    }

    private mutating func list(
        _ prefix: [CChar], _ top: String, device: dev_t, _ linked: inout Set<ino_t>
    ) throws {
        for name in try TreeListing.names(in: TreeListing.join(top, prefix)) {
            let path = prefix + (prefix.isEmpty ? [] : [0x2F]) + name
            let whole = path + [0]
            var status = stat()
            guard lstat(TreeListing.join(top, whole), &status) == 0 else {
                throw systemError("cannot look at \(TreeListing.text(whole)) in the image")
            }
            guard status.st_dev == device else { continue }
            entries.append(Entry(path: whole, status: status))
            room += 4096
            if status.st_mode & S_IFMT == S_IFDIR {
                try list(path, top, device: device, &linked)
            } else if status.st_mode & S_IFMT == S_IFREG,
                status.st_nlink < 2 || linked.insert(status.st_ino).inserted
            {
                content += Int64(status.st_size)
                room += (Int64(status.st_size) + 4095) / 4096 * 4096
            }
        }
    }

    private static func names(in path: [CChar]) throws -> [[CChar]] {
        guard let directory = opendir(path) else { throw systemError("cannot open the directory \(text(path))") }
        defer { closedir(directory) }
        var names: [[CChar]] = []
        while let entry = readdir(directory) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) { pointer in
                pointer.withMemoryRebound(to: CChar.self, capacity: 256) {
                    Array(UnsafeBufferPointer(start: $0, count: strlen($0)))
                }
            }
            if name != [0x2E], name != [0x2E, 0x2E] { names.append(name) }
        }
        return names.sorted { $0.lexicographicallyPrecedes($1) }
    }

    /// The path of an entry below a directory, with a zero at the end.
    static func join(_ top: String, _ path: [CChar]) -> [CChar] {
        let whole = top.utf8.map { CChar(bitPattern: $0) } + [0x2F] + path
        return whole.last == 0 ? whole : whole + [0]
    }

    /// For people.
    static func text(_ path: [CChar]) -> String {
        String(decoding: path.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
    }
}
