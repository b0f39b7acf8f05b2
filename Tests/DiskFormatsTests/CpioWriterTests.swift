import DiskFormats
import MusterBase
import Testing

@Suite("cpio writer")
struct CpioWriterTests {
    @Test("an archive of one directory and one file is as the kernel's buffer format says")
    func golden() throws {
        var writer = CpioWriter(modificationTime: 1)
        try writer.append(.file("etc/a", Array("hi\n".utf8), permissions: 0o600))
        let archive = writer.finish(alignment: 4)
        let expected =
            // magic, inode, mode, uid, gid, nlink, mtime, filesize, dev, rdev, namesize, check
            "070701" + "00000001" + "000041ed" + "00000000" + "00000000" + "00000002" + "00000001" + "00000000"
            + "00000000" + "00000000" + "00000000" + "00000000" + "00000004" + "00000000" + "etc\0" + "\0\0"
            + "070701" + "00000002" + "00008180" + "00000000" + "00000000" + "00000001" + "00000001" + "00000003"
            + "00000000" + "00000000" + "00000000" + "00000000" + "00000006" + "00000000" + "etc/a\0" + "hi\n\0"
            + "070701" + "00000000" + "00000000" + "00000000" + "00000000" + "00000001" + "00000000" + "00000000"
            + "00000000" + "00000000" + "00000000" + "00000000" + "0000000b" + "00000000" + "TRAILER!!!\0" + "\0\0\0"
        #expect(String(decoding: archive, as: UTF8.self) == expected)
    }

    @Test("the same entries give the same bytes, filled up to 512")
    func reproducible() throws {
        func archive() throws -> [UInt8] {
            var writer = CpioWriter()
            try writer.append(.directory("proc"))
            try writer.append(.symbolicLink("lib", to: "usr/lib"))
            try writer.append(.file("usr/lib/x", [1, 2, 3, 4, 5]))
            return writer.finish()
        }
        #expect(try archive() == archive())
        #expect(try archive().count % 512 == 0)
    }

    @Test("directories above an entry are added once, before it")
    func parents() throws {
        var writer = CpioWriter()
        try writer.append(.file("a/b/one", []))
        try writer.append(.file("a/b/two", []))
        try writer.append(.directory("a"))
        let paths = try CpioReader.entries(of: writer.finish()).map(\.path)
        #expect(paths == ["a", "a/b", "a/b/one", "a/b/two"])
    }

    @Test(
        "a path that leaves the archive is refused",
        arguments: ["", "/etc", "../etc", "a/../b", "a//b", "./a", "a/", "a\0b", "TRAILER!!!"])
    func badPath(_ path: String) {
        var writer = CpioWriter()
        #expect(throws: MusterError.self) { try writer.append(.file(path, [])) }
    }

    @Test("a second entry of a name is refused, and one below a file")
    func duplicates() throws {
        var writer = CpioWriter()
        try writer.append(.file("a", []))
        #expect(throws: MusterError.self) { try writer.append(.file("a", [])) }
        #expect(throws: MusterError.self) { try writer.append(.file("a/b", [])) }
    }
}
