import Media
import MusterBase

/// Whether symbolic links stay on their medium.
enum EntryLinks {
    /// - Parameter links: targets by path.
    /// - Throws: ``MusterError`` `malformed` for a link whose target, followed as the kernel does, is outside.
    static func check(_ links: [EntryPath: String]) throws(MusterError) {
        for (path, target) in links.sorted(by: { $0.key < $1.key }) where !staysInside(path, links) {
            throw MusterError(
                .malformed,
                "the medium has a link that leads out of it: \(EntryName.printed(path.octets)) points to "
                    + EntryName.printed(Array(target.utf8)))
        }
    }

    private static func staysInside(_ path: EntryPath, _ links: [EntryPath: String]) -> Bool {
        var rest = path.parts[...]
        var done: [ArraySlice<UInt8>] = []
        var followed = 0
        while let part = rest.popFirst() {
            if part.elementsEqual(".".utf8) { continue }
            if part.elementsEqual("..".utf8) {
                guard done.popLast() != nil else { return false }
                continue
            }
            guard let target = links[EntryPath(parts: done + [part])].map({ EntryPath($0) }) else {
                done.append(part)
                continue
            }
            followed += 1
            // The kernel gives up there, too (path_resolution(7)): it leads nowhere.
            guard followed <= 40 else { return true }
            guard let first = target.octets.first, first != EntryPath.slash else { return false }
            rest = (target.parts + rest)[...]
        }
        return true
    }
}
