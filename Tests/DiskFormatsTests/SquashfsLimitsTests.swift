import DiskFormats
import MusterBase
import TestSupport
import Testing

@Suite("squashfs limits")
struct SquashfsLimitsTests {
    private func attribute(_ name: String, _ count: Int = 1) -> SquashfsEntry.Attribute {
        SquashfsEntry.Attribute(name: name, value: [UInt8](repeating: 1, count: count))
    }

    private func refuse(_ entry: SquashfsEntry) throws {
        var image = try SquashfsImage()
        try image.add(.init("file", .file, permissions: 0o644))
        #expect { try image.add(entry) } throws: { ($0 as? MusterError)?.code == .invalidInput }
    }

    @Test(
        "a path that leaves the tree, is there already or leads through a file is refused",
        arguments: [
            "../x", "a/../x", "/x", "a//x", ".", "x/", "a\0b", "file", "file/x", "file/x/y",
            String(repeating: "n", count: 257), String(repeating: "d/", count: 20_000) + "x",
        ])
    func paths(_ path: String) throws { try refuse(.init(path, .file, permissions: 0o644)) }

    @Test("names have up to 256 octets")
    func longNames() throws {
        var image = try SquashfsImage()
        try image.add(.init(String(repeating: "n", count: 256), .file, permissions: 0o644))
        _ = try image.finish()
    }

    @Test("links, devices and attributes that the format cannot hold are refused by name")
    func kinds() throws {
        try refuse(.init("a", .symbolicLink(""), permissions: 0o777))
        try refuse(.init("a", .symbolicLink(String(repeating: "x", count: 4096)), permissions: 0o777))
        try refuse(.init("a", .blockDevice(major: 4096, minor: 0), permissions: 0o777))
        try refuse(.init("a", .characterDevice(major: 0, minor: 1 << 20), permissions: 0o777))
        let attributes = [
            [attribute("system.posix_acl_access")], [attribute("user.")], [attribute("user.a"), attribute("user.a")],
            [attribute("user." + String(repeating: "n", count: 251))], [attribute("user.a", 65_537)],
        ]
        for list in attributes { try refuse(.init("a", .file, permissions: 0o644, attributes: list)) }
        #expect(!SquashfsEntry.Attribute.isSupported("system.posix_acl_access"))
        #expect(SquashfsEntry.Attribute.isSupported("security.capability"))
    }

    @Test("a hard link to nothing, to a directory or to itself is refused at the end")
    func links() throws {
        for target in ["absent", "directory", "link"] {
            var image = try SquashfsImage()
            try image.add(.init("directory", .directory, permissions: 0o755))
            try image.add(.init("link", .hardLink(target), permissions: 0))
            #expect { try image.finish() } throws: { ($0 as? MusterError)?.code == .invalidInput }
        }
    }

    @Test("a hard link may come before what it stands for, and lead over another link")
    func earlyLinks() throws {
        var image = try SquashfsImage()
        try image.add(.init("a", .hardLink("b"), permissions: 0))
        try image.add(.init("b", .hardLink("c"), permissions: 0))
        try image.add(.init("c", .file, permissions: 0o644), content: [1])
        _ = try image.finish()
    }

    @Test("65,535 owners and groups are held, and one more is an error")
    func owners() throws {
        var image = try SquashfsImage()
        // The root directory's is one of them.
        for owner in 1..<UInt32(65_535) {
            try image.add(.init("f\(owner)", .file, permissions: 0o644, owner: owner, group: owner))
        }
        #expect { try image.add(.init("x", .fifo, permissions: 0o644, owner: 100_000)) } throws: {
            ($0 as? MusterError)?.code == .exhausted
        }
        _ = try image.finish()
    }

    @Test("content that does not fit its file, blocks out of order and odd block sizes are errors")
    func misuse() throws {
        for size in [0, 2048, 5000, 2 << 20] {
            #expect(throws: MusterError.self) { try SquashfsImage(blockSize: size) }
        }
        var writer = try SquashfsWriter(SquashfsOptions(compression: .zlib, blockSize: 4096, time: 0))
        #expect(throws: MusterError.self) { try writer.append([1]) }
        _ = try writer.addFile(.init("a", .file, permissions: 0o644), size: 5000, digest: nil)
        #expect(throws: MusterError.self) { try writer.append([1]) }
        #expect(throws: MusterError.self) { try writer.add(.init("b", .fifo, permissions: 0o644)) }
        _ = try writer.append([UInt8](repeating: 1, count: 4096))
        #expect(throws: MusterError.self) { try writer.append([UInt8](repeating: 1, count: 905)) }
        _ = try writer.append([UInt8](repeating: 1, count: 904))
        #expect(throws: MusterError.self) { try writer.store(1, octets: 904, isCompressed: false) }
        #expect(throws: MusterError.self) { try writer.store(0, octets: 4097, isCompressed: false) }
        #expect(throws: MusterError.self) { try writer.finish(SquashfsStoring()) }
    }
}
