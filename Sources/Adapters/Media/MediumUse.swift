import LinuxSystem
import MusterBase

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif

/// Who uses a medium: profiles that have a symbolic link to it or into it, such as `distribution`.
enum MediumUse {
    /// Directories of a profile are not deeper.
    private static let deepest = 16

    /// Links, as `profile/path`, sorted.
    ///
    /// - Parameter directories: that hold profiles, such as `public/os`.
    static func profiles(using medium: String, in directories: [String]) throws -> [String] {
        var found: [String] = []
        for directory in directories where Files.isDirectory(directory) {
            try walk(directory, "", medium, &found, depth: 0)
        }
        return found.sorted()
    }

    private static func walk(
        _ top: String, _ below: String, _ medium: String, _ found: inout [String], depth: Int
    ) throws {
        guard depth < deepest else {
            throw MusterError(.exhausted, "\(top)/\(below) lies too deep to be looked at", advice: "is it a profile?")
        }
        for entry in try Files.entries(in: below.isEmpty ? top : "\(top)/\(below)") {
            // No profile has a name with a dot in front: it is one that was never finished.
            if depth == 0, entry.name.hasPrefix(".") { continue }
            let path = below.isEmpty ? entry.name : "\(below)/\(entry.name)"
            if entry.isDirectory {
                try walk(top, path, medium, &found, depth: depth + 1)
            } else if let target = Files.linkTarget("\(top)/\(path)"), leads("\(top)/\(path)", target, to: medium) {
                found.append(path)
            }
        }
    }

    /// By what the link says, and by where it ends: either is enough.
    private static func leads(_ link: String, _ target: String, to medium: String) -> Bool {
        let said = target.utf8.first == EntryPath.slash ? target : "\(FilePathText.parent(of: link))/\(target)"
        if isWithin(normalized(said), normalized(medium)) { return true }
        guard let end = real(link), let place = real(medium) else { return false }
        return isWithin(end, place)
    }

    private static func isWithin(_ path: String, _ directory: String) -> Bool {
        path.utf8.elementsEqual(directory.utf8) || path.utf8.starts(with: "\(directory)/".utf8)
    }

    private static func normalized(_ path: String) -> String {
        var parts: [ArraySlice<UInt8>] = []
        for part in EntryPath(path).parts where !part.elementsEqual(".".utf8) {
            if part.elementsEqual("..".utf8) { _ = parts.popLast() } else { parts.append(part) }
        }
        return "/" + EntryPath(parts: parts).text
    }

    private static func real(_ path: String) -> String? {
        guard let resolved = realpath(path, nil) else { return nil }
        defer { free(resolved) }
        return String(cString: resolved)
    }
}
