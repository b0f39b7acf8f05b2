import CLinux
import LinuxSystem
import MusterBase

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif

/// What is to be given away in a tree, and what is not.
package struct OwnershipPlan: Sendable, Hashable {
    /// Paths below the top, `.` for the top itself; a directory comes after what is in it.
    package var given: [String] = []
    /// What belongs to the giver and is kept all the same.
    package var refused: [Refusal] = []

    package struct Refusal: Sendable, Hashable, CustomStringConvertible {
        /// Below the top.
        package var path: String
        package var reason: String

        package var description: String { "\(path): \(reason)" }
    }
}

/// Gives what one user owns in a tree to another, who may write to the tree while this goes on.
///
/// Whoever receives must not be able to lead the giver to anything else. So every entry is held by a descriptor first,
/// and both what is decided and what is done are about that descriptor: renaming entries and putting links in their place
/// in the meantime changes nothing. Links are never followed and other file systems never entered. A file with a second
/// name stays with its owner: the other name may be outside.
package struct OwnershipWalk {
    private let path: String
    /// Only what belongs to this user is given.
    private let giver: uid_t
    private let receiver: uid_t
    private let group: gid_t
    private let depthLimit: Int
    /// Of the top, what is left out.
    private let kept: Set<String>
    private let beforeEntry: (String) -> Void

    /// - Parameters:
    ///   - path: the top of the tree, whose own name nobody but the giver can change.
    ///   - kept: names in the top that are left out with all that is in them.
    ///   - depthLimit: deeper trees are an error: each level holds two descriptors open.
    ///   - beforeEntry: called with the path of each entry between the moment when its name was read and the moment when
    ///     it is held; tests change the tree there, as an attacker would.
    package init(
        _ path: String, from giver: uid_t, to receiver: uid_t, _ group: gid_t, keeping kept: Set<String> = [],
        depthLimit: Int = 64,
        beforeEntry: @escaping (String) -> Void = { _ in }
    ) {
        self.path = path
        self.giver = giver
        self.receiver = receiver
        self.group = group
        self.kept = kept
        self.depthLimit = depthLimit
        self.beforeEntry = beforeEntry
    }

    /// What ``give()`` would do now. Changes nothing.
    package func plan() throws(MusterError) -> OwnershipPlan { try walk { _, _ in } }

    /// Gives everything away that may be given. Returns what was done.
    @discardableResult
    package func give() throws(MusterError) -> OwnershipPlan {
        try walk { (held, name) throws(MusterError) in
            guard muster_give_held(held, receiver, group) == 0 else {
                throw systemError("cannot give \(fullPath(name)) to user \(receiver)")
            }
        }
    }

    private typealias Change = (_ held: CInt, _ name: String) throws(MusterError) -> Void

    private func walk(_ change: Change) throws(MusterError) -> OwnershipPlan {
        var plan = OwnershipPlan()
        var top = muster_entry()
        let held = muster_hold_entry(AT_FDCWD, path, &top)
        guard held >= 0 else { throw systemError("cannot open \(path)") }
        defer { close(held) }
        try take(held, top, ".", 0, &plan, change)
        return plan
    }

    private func take(
        _ held: CInt, _ entry: muster_entry, _ name: String, _ depth: Int, _ plan: inout OwnershipPlan,
        _ change: Change
    ) throws(MusterError) {
        let kind = mode_t(entry.mode) & S_IFMT
        if kind == S_IFDIR { try descend(held, name, depth, &plan, change) }
        guard entry.owner == giver else { return }
        guard [S_IFDIR, S_IFREG, S_IFLNK].contains(kind) else {
            plan.refused.append(.init(path: name, reason: "it is neither a file nor a directory nor a link"))
            return
        }
        guard kind == S_IFDIR || entry.links <= 1 else {
            plan.refused.append(
                .init(path: name, reason: "it has \(entry.links) names, and the others may be elsewhere"))
            return
        }
        try change(held, name)
        plan.given.append(name)
    }

    private func descend(
        _ directory: CInt, _ name: String, _ depth: Int, _ plan: inout OwnershipPlan, _ change: Change
    ) throws(MusterError) {
        guard depth < depthLimit else {
            throw MusterError(.exhausted, "\(fullPath(name)) lies more than \(depthLimit) directories deep in \(path)")
        }
        for child in try names(in: directory, name) where name != "." || !kept.contains(child) {
            let childName = name == "." ? child : "\(name)/\(child)"
            beforeEntry(childName)
            var entry = muster_entry()
            let held = muster_hold_entry(directory, child, &entry)
            guard held >= 0 else {
                // It has gone since; or something else is mounted there, which is not this tree any more. Device numbers
                // would not tell: on overlayfs those of files differ from those of directories.
                if errno == ENOENT || errno == EXDEV { continue }
                throw systemError("cannot open \(fullPath(childName))")
            }
            defer { close(held) }
            try take(held, entry, childName, depth + 1, &plan, change)
        }
    }

    private func names(in held: CInt, _ name: String) throws(MusterError) -> [String] {
        let descriptor = muster_list_held(held)
        guard descriptor >= 0 else { throw systemError("cannot list \(fullPath(name))") }
        do throws(MusterError) {
            return try Files.names(inDescriptor: descriptor)
        } catch {
            throw MusterError(error.code, "cannot list \(fullPath(name))", cause: error.cause)
        }
    }

    private func fullPath(_ name: String) -> String { name == "." ? path : "\(path)/\(name)" }
}
