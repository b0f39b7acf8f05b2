/// Follows symbolic links within a tree, as the kernel does below chroot(2).
enum TreePath {
    /// What is at a path whose directories are no links.
    enum Place {
        case link(String)
        case other
        case missing
    }

    /// The path without symbolic links; nil when they go in a circle, or when something on the way is missing.
    static func resolve(_ path: String, at place: (String) -> Place) -> String? {
        var rest = TreeName.names(on: path).map(\.text)[...]
        var done: [String] = []
        var links = 0
        while let component = rest.popFirst() {
            if component == "." { continue }
            if component == ".." {
                _ = done.popLast()
                continue
            }
            switch place((done + [component]).joined(separator: "/")) {
            case .missing: return nil
            case .other: done.append(component)
            case .link(let target):
                links += 1
                guard links <= 40 else { return nil }
                if target.utf8.first == UInt8(ascii: "/") { done = [] }
                rest = (TreeName.names(on: target).map(\.text) + rest)[...]
            }
        }
        return done.joined(separator: "/")
    }
}
