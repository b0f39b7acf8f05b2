import LinuxSystem
import MusterBase

/// What is in a root file system, without content: from the squashfs file itself, so that no link of the tree can lead
/// anywhere else.
package struct TreeListing: Sendable {
    package enum Kind: Sendable, Hashable {
        case directory
        case file
        case symbolicLink(String)
        case other
    }

    package struct Entry: Sendable, Hashable {
        package var kind: Kind
        /// In octets.
        package var size: UInt64
    }

    /// By path, without a slash in front.
    package private(set) var entries: [String: Entry] = [:]

    /// Reads the text that `unsquashfs -lln -dest ""` writes: mode, owners, size, date, time and path.
    package init(_ text: String) {
        for line in text.split(separator: "\n") {
            let words = line.split(separator: " ", maxSplits: 5, omittingEmptySubsequences: true)
            guard words.count == 6, let flag = words[0].utf8.first, words[5].hasPrefix("/") else { continue }
            // A device has its two numbers in the place of a size, with a blank between.
            let path = words[5].drop { $0 == "/" }
            switch flag {
            case UInt8(ascii: "d"): entries[String(path)] = Entry(kind: .directory, size: 0)
            case UInt8(ascii: "-"): entries[String(path)] = Entry(kind: .file, size: UInt64(words[2]) ?? 0)
            case UInt8(ascii: "l"):
                guard let arrow = path.range(of: " -> ") else { continue }
                let target = String(path[arrow.upperBound...])
                entries[String(path[..<arrow.lowerBound])] = Entry(kind: .symbolicLink(target), size: 0)
            default: entries[String(path)] = Entry(kind: .other, size: 0)
            }
        }
    }

    /// The path with all symbolic links on the way followed, within the tree; nil when there is nothing.
    package func resolve(_ path: String) -> String? {
        TreePath.resolve(path) { here in
            guard let entry = entries[here] else { return .missing }
            guard case .symbolicLink(let target) = entry.kind else { return .other }
            return .link(target)
        }
    }

    func has(_ path: String) -> Bool { resolve(path) != nil }

    /// The first of these that is there.
    func first(of paths: [String]) -> String? { paths.first(where: has) }

    /// Octets that the content takes on a file system with blocks of this size.
    package func octets(blockSize: UInt64) -> UInt64 {
        var total: UInt64 = 0
        for entry in entries.values {
            let size = entry.kind == .directory ? blockSize : entry.size
            let blocks = (size + blockSize - 1) / blockSize
            total += blocks * blockSize
        }
        return total
    }
}

/// The root file system of a version, as the squashfs file that it is.
struct RootImage: Sendable {
    let path: String
    let tools: any ToolRunner

    func listing() async throws -> TreeListing {
        let result = try await tools.check(
            .unsquashfs, ["-lln", "-UTC", "-dest", "", path], ToolOptions(outputLimit: 256 << 20),
            doing: "listing the root file system")
        return TreeListing(result.text)
    }

    /// The content of a file in it, links followed; nil when there is none.
    func content(of file: String, in listing: TreeListing) async throws -> [UInt8]? {
        guard let resolved = listing.resolve(file), listing.entries[resolved]?.kind == .file else { return nil }
        let result = try await tools.check(
            .unsquashfs, ["-cat", path, resolved], ToolOptions(outputLimit: 16 << 20), doing: "reading \(file)")
        return result.standardOutput
    }
}
