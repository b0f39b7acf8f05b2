import Glibc
import LinuxSystem
import MusterBase
import MusterCommands
import TestSupport
import Testing

/// What lies at a path, not followed.
private func owner(_ path: String) throws -> uid_t {
    var status = stat()
    guard lstat(path, &status) == 0 else { throw systemError("cannot look at \(path)") }
    return status.st_uid
}

@Suite("giving a tree away")
struct OwnershipTests {
    /// The user who makes everything in these tests.
    private let myself = geteuid()
    /// One that has nothing.
    private let other: uid_t = 64_321

    private func plan(_ path: String, beforeEntry: @escaping (String) -> Void = { _ in }) throws -> OwnershipPlan {
        try OwnershipWalk(path, from: myself, to: other, other, beforeEntry: beforeEntry).plan()
    }

    /// `tree` with files and links in it, beside `outside`, which is not to be touched.
    private func makeTree(_ base: String) throws -> String {
        try Files.createDirectory("\(base)/tree/sub/deep")
        try Files.createDirectory("\(base)/outside/inner")
        try Files.write("1", to: "\(base)/tree/sub/deep/file")
        try Files.write("2", to: "\(base)/tree/top")
        try Files.write("3", to: "\(base)/outside/secret")
        try Files.link("\(base)/tree/to-directory", to: "../outside")
        try Files.link("\(base)/tree/to-file", to: "../outside/secret")
        return "\(base)/tree"
    }

    private let whole = ["sub/deep/file", "sub/deep", "sub", "to-directory", "to-file", "top", "."]

    @Test("all in the tree is given, links themselves and nothing behind them, directories last")
    func planned() async throws {
        try await withTemporaryDirectory { base in
            let tree = try makeTree(base)
            let plan = try plan(tree)
            #expect(plan.given == whole)
            #expect(plan.refused.isEmpty)
            #expect(try owner("\(tree)/top") == myself, "a plan changes nothing")
        }
    }

    @Test("what belongs to somebody else stays his")
    func others() async throws {
        try await withTemporaryDirectory { base in
            let tree = try makeTree(base)
            #expect(try OwnershipWalk(tree, from: other, to: myself, 0).plan().given.isEmpty)
        }
    }

    @Test("a directory that is exchanged for a link after its name was read leads nowhere")
    func exchangedDirectory() async throws {
        try await withTemporaryDirectory { base in
            let tree = try makeTree(base)
            let plan = try plan(tree) { name in
                guard name == "sub" else { return }
                rename("\(tree)/sub", "\(base)/moved")
                symlink("\(base)/outside", "\(tree)/sub")
            }
            #expect(plan.given == ["sub", "to-directory", "to-file", "top", "."])
            #expect(plan.refused.isEmpty)
        }
    }

    @Test("a file that is exchanged for a link after its name was read is not what the link points at")
    func exchangedFile() async throws {
        try await withTemporaryDirectory { base in
            let tree = try makeTree(base)
            let walk = OwnershipWalk(tree, from: myself, to: myself, getegid()) { name in
                guard name == "top" else { return }
                unlink("\(tree)/top")
                symlink("\(base)/outside/secret", "\(tree)/top")
            }
            let before = try changeTime("\(base)/outside/secret")
            #expect(try walk.give().given == whole)
            // Giving it to its owner again would set the time of its last change.
            #expect(try changeTime("\(base)/outside/secret") == before)
        }
    }

    private func changeTime(_ path: String) throws -> [Int] {
        var status = stat()
        guard lstat(path, &status) == 0 else { throw systemError("cannot look at \(path)") }
        return [status.st_ctim.tv_sec, status.st_ctim.tv_nsec]
    }

    @Test("what has gone since its name was read is passed over")
    func gone() async throws {
        try await withTemporaryDirectory { base in
            let tree = try makeTree(base)
            let plan = try plan(tree) { if $0 == "top" { unlink("\(tree)/top") } }
            #expect(plan.given == whole.filter { $0 != "top" })
        }
    }

    @Test("a file with a second name is refused: the other one may be outside")
    func hardLink() async throws {
        try await withTemporaryDirectory { base in
            let tree = try makeTree(base)
            #expect(link("\(base)/outside/secret", "\(tree)/sub/innocent") == 0)
            let plan = try plan(tree)
            #expect(plan.given == whole)
            #expect(plan.refused.map(\.path) == ["sub/innocent"])
            #expect(plan.refused.first?.reason.contains("2 names") == true)
        }
    }

    @Test("what is neither file nor directory nor link is refused, and opening it does not wait")
    func special() async throws {
        try await withTemporaryDirectory { base in
            let tree = try makeTree(base)
            #expect(mkfifo("\(tree)/pipe", 0o600) == 0)
            let plan = try plan(tree)
            #expect(plan.given == whole)
            #expect(plan.refused.map(\.path) == ["pipe"])
        }
    }

    @Test("a tree that is deeper than any of Muster's is an error that names the place")
    func deep() async throws {
        try await withTemporaryDirectory { base in
            let path = base + "/tree" + String(repeating: "/d", count: 5)
            try Files.createDirectory(path)
            let walk = { OwnershipWalk("\(base)/tree", from: myself, to: other, other, depthLimit: $0) }
            #expect(try walk(6).plan().given.count == 6)
            let error = #expect(throws: MusterError.self) { try walk(5).plan() }
            #expect(error?.code == .exhausted)
            #expect(error?.message.contains(path) == true)
        }
    }

    @Test("root gives the tree and nothing else", .enabled(if: geteuid() == 0))
    func given() async throws {
        try await withTemporaryDirectory { base in
            let tree = try makeTree(base)
            #expect(link("\(base)/outside/secret", "\(tree)/sub/innocent") == 0)
            let plan = try OwnershipWalk(tree, from: 0, to: other, other).give()
            for name in whole { #expect(try owner(name == "." ? tree : "\(tree)/\(name)") == other, "\(name)") }
            for name in ["outside", "outside/secret", "outside/inner"] {
                #expect(try owner("\(base)/\(name)") == 0, "\(name)")
            }
            #expect(plan.refused.map(\.path) == ["sub/innocent"])
            #expect(try OwnershipWalk(tree, from: 0, to: other, other).plan().given.isEmpty)
        }
    }

    @Test("root does not enter what is mounted in the tree", .enabled(if: geteuid() == 0))
    func mounted() async throws {
        try await withTemporaryDirectory { base in
            let tree = try makeTree(base)
            for name in ["bound", "memory"] { try Files.createDirectory("\(tree)/\(name)") }
            // A part of the same file system, and another one. In a container root may lack the right: then the two are
            // plain directories of the tree.
            let isMounted = mount("\(base)/outside", "\(tree)/bound", nil, UInt(MS_BIND), nil) == 0
            defer { for name in ["bound", "memory"] { umount2("\(tree)/\(name)", Int32(MNT_DETACH)) } }
            if isMounted { #expect(mount("none", "\(tree)/memory", "tmpfs", 0, nil) == 0) }
            let plan = try OwnershipWalk(tree, from: 0, to: other, other).plan()
            #expect(plan.given == (isMounted ? [] : ["bound", "memory"]) + whole)
        }
    }
}
