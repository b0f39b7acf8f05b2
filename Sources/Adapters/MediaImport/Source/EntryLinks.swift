import Media
import MusterBase

/// Whether symbolic links stay on their medium.
enum EntryLinks {
    /// - Parameter links: targets by path.
    /// - Throws: ``MusterError`` `malformed` for a link whose target, followed as the kernel does, is outside.
    static func check(_ links: [String: String]) throws(MusterError) {
        for (path, target) in links.sorted(by: { $0.key < $1.key }) where !staysInside(path, links) {
            throw MusterError(
                .malformed,
                "the medium has a link that leads out of it: \(EntryName.printed(Array(path.utf8))) points to "
                    + EntryName.printed(Array(target.utf8)))
        }
    }

    private static func staysInside(_ path: String, _ links: [String: String]) -> Bool {
        var rest = path.split(separator: "/")[...]
        var done: [Substring] = []
        var followed = 0
        while let part = rest.popFirst() {
            if part == "." { continue }
            if part == ".." {
                guard done.popLast() != nil else { return false }
                continue
            }
            guard let target = links[(done + [part]).joined(separator: "/")] else {
                done.append(part)
                continue
            }
            followed += 1
            // The kernel gives up there, too (path_resolution(7)): it leads nowhere.
            guard followed <= 40 else { return true }
            guard !target.hasPrefix("/"), !target.isEmpty else { return false }
            rest = (target.split(separator: "/") + rest)[...]
        }
        return true
    }
}
