import DiskFormats
import Images
import LinuxSystem
import MusterBase
import TestSupport
import Testing

/// Names that String takes for the same, and names that are no text.
@Suite("names in trees")
struct TreeNameTests {
    private static let one = "etc/\u{E9}"
    private static let two = "etc/e\u{301}"

    private func tree(_ make: (inout TestTree) throws -> Void) throws -> TestTree {
        var tree = TestTree()
        try make(&tree)
        return tree
    }

    private func archive(_ octets: [UInt8]) throws -> (TreeArchive, TemporaryDirectory) {
        let directory = try TemporaryDirectory()
        try directory.write(octets, to: "tree.tar")
        return (try TreeArchive(directory.path("tree.tar")), directory)
    }

    @Test("of two names that look alike, both come through a merge of layers, in the order of their octets")
    func merge() throws {
        let layers = try [
            tree {
                try $0.file(Self.one, "one")
                try $0.file(Self.two, "two")
                try $0.file("gone/\u{E9}", "one")
                try $0.file("gone/e\u{301}", "two")
            }, tree { try $0.file("gone/.wh.\u{E9}", "") },
        ]
        var merge = LayerMerge()
        for layer in layers { try merge.add(try archive(layer.archive).0.entries) }
        var paths: [[UInt8]] = []
        try merge.writeAll { header, _, piece in if piece != nil { paths.append(Array(header.path.utf8)) } }
        #expect(paths == [Self.two, Self.one, "gone/e\u{301}"].map { Array($0.utf8) })
    }

    @Test("a file that changed only in the way its name is written is a change")
    func comparison() throws {
        let (one, first) = try archive(try tree { try $0.file(Self.one, "x") }.archive)
        let (two, second) = try archive(try tree { try $0.file(Self.two, "x") }.archive)
        let (both, third) = try archive(
            try tree {
                try $0.file(Self.one, "x")
                try $0.file(Self.two, "y")
            }.archive)
        #expect(try !TreeComparison(old: one, new: two).isSame())
        #expect(try !TreeComparison(old: one, new: both).isSame())
        #expect(try TreeComparison(old: both, new: both).isSame())
        withExtendedLifetime((first, second, third)) {}
    }

    @Test("a slash is one, also before a combining character: nothing leaves the tree by that")
    func combining() throws {
        var escaping = TestTree()
        try escaping.add("a/../../\u{301}", .file)
        #expect(caughtError { _ = try archive(escaping.archive) }?.code == .malformed)
        let (good, directory) = try archive(try tree { try $0.file("a/\u{301}b", "x") }.archive)
        var paths: [String] = []
        var merge = LayerMerge()
        try merge.add(good.entries)
        try merge.writeAll { header, _, _ in paths.append(header.path) }
        #expect(paths.map { Array($0.utf8) } == ["a", "a/\u{301}b"].map { Array($0.utf8) })
        withExtendedLifetime(directory) {}
    }

    @Test("a name that is no UTF-8 is refused and named, wherever the archive has it")
    func foreign() throws {
        let octets: [UInt8] = Array("etc/caf".utf8) + [0xE9]
        var header = TestTree()
        try header.file("etc/caf\u{E9}", "x")
        // As many units in sum, so that the check sum holds.
        let name = try #require(header.bytes.indices.first { header.bytes[$0...].starts(with: [0xC3, 0xA9]) })
        header.bytes.replaceSubrange(name..<(name + 2), with: [0xE9, 0x83])
        let trees = try [
            header, tree { try $0.add("x", .file, records: [.init(key: "path", value: octets)]) },
            tree {
                try $0.add("long", .longPath, content: octets + [0])
                try $0.add("x", .file)
            },
            tree { try $0.add("etc/caf", .symbolicLink, records: [.init(key: "linkpath", value: octets)]) },
        ]
        for tree in trees {
            let error = caughtError { _ = try archive(tree.archive) }
            #expect(error?.code == .unsupported)
            #expect(error?.message.contains("etc/caf") == true && error?.message.contains("not UTF-8") == true)
        }
        // What an extended header says counts, and a header that cuts the name in the middle of a letter does not.
        var cut = TestTree()
        try cut.add("etc/caf\u{E9}", .file, records: [.init(key: "path", value: Array("etc/whole".utf8))])
        let place = try #require(cut.bytes.indices.first { cut.bytes[$0...].starts(with: [0xC3, 0xA9]) })
        cut.bytes.replaceSubrange(place..<(place + 2), with: [0xE9, 0x83])
        #expect(try archive(cut.archive).0.entries.map(\.path) == ["etc/whole"])
    }
}
