import DiskFormats
import Foundation
import LinuxSystem
import MusterBase
import TestSupport
import Testing

@Suite("squashfs writer")
struct SquashfsWriterTests {
    /// Every kind of entry, every form of content.
    private func everything() throws -> SquashfsImage {
        var image = try SquashfsImage()
        func attribute(_ name: String, _ text: String) -> SquashfsEntry.Attribute {
            SquashfsEntry.Attribute(name: name, value: Array(text.utf8))
        }
        let noise = SquashfsImage.noise(20_000, seed: 1)
        try image.add(.init("a", .directory, permissions: 0o1777, owner: 1, group: 2, modificationTime: 5))
        try image.add(.init("a/empty", .file, permissions: 0o4755, modificationTime: 6))
        try image.add(.init("a/small", .file, permissions: 0o600, owner: 3, modificationTime: 7), content: [1, 2, 3])
        try image.add(.init("a/block", .file, permissions: 0o644), content: Array(noise[..<4096]))
        try image.add(.init("a/blocks", .file, permissions: 0o644, modificationTime: -1), content: noise)
        let holes = [UInt8](repeating: 0, count: 8192) + noise[..<4096] + [UInt8](repeating: 0, count: 5000)
        try image.add(.init("a/holes", .file, permissions: 0o644, modificationTime: 1 << 40), content: holes)
        try image.add(.init("a/zeros", .file, permissions: 0o644), content: [UInt8](repeating: 0, count: 9000))
        try image.add(.init("a/link", .symbolicLink("../a/small"), permissions: 0o777, owner: 70_000, group: 80_000))
        try image.add(
            .init("a/long", .symbolicLink(String(repeating: "x", count: 4095)), permissions: 0o777))
        try image.add(.init("b", .characterDevice(major: 4095, minor: 1_048_575), permissions: 0o620, group: 5))
        try image.add(.init("c", .blockDevice(major: 8, minor: 1), permissions: 0o660))
        try image.add(.init("d", .fifo, permissions: 0o600))
        try image.add(.init("e", .socket, permissions: 0o700))
        let capability = attribute("security.capability", "\u{1}\0\0\u{2}\0 \0\0\0\0\0\0\0\0\0\0\0\0\0\0")
        let long = SquashfsEntry.Attribute(name: "user.long", value: Array(noise[..<3000]))
        try image.add(
            .init("f", .file, permissions: 0o755, attributes: [capability, long]), content: Array("text".utf8))
        try image.add(.init("g", .directory, permissions: 0o700, attributes: [attribute("user.name", "1")]))
        try image.add(.init("g/same", .file, permissions: 0o644, attributes: [long, attribute("trusted.t", "")]))
        try image.add(
            .init("g/trusted", .symbolicLink("x"), permissions: 0o777, attributes: [attribute("trusted.t", "2")]))
        try image.add(.init("a/again", .hardLink("a/blocks"), permissions: 0))
        try image.add(.init("h", .hardLink("a/blocks"), permissions: 0))
        try image.add(.init("i", .hardLink("d"), permissions: 0))
        return image
    }

    @Test(
        "unsquashfs as root finds every kind of entry as it was given",
        .enabled(if: SquashfsReading.isRoot && SquashfsReading.hasUnsquashfs))
    func extracted() async throws {
        var image = try everything()
        let found = try await SquashfsReading.extracted(try image.finish())
        compare(found, image)
    }

    @Test("the kernel finds every kind of entry as it was given", .enabled(if: SquashfsReading.mounts))
    func mounted() throws {
        var image = try everything()
        let found = try SquashfsReading.mounted(try image.finish()) { try FoundTree($0) }
        compare(found, image)
    }

    private func compare(_ found: FoundTree, _ image: SquashfsImage) {
        for (path, file) in image.expected {
            var expected = file
            // Not all file systems count directories as links.
            if expected.mode & UInt32(S_IFMT) == UInt32(S_IFDIR), found.files[path]?.links == 1 { expected.links = 1 }
            #expect(found.files[path] == expected, "\(path)")
        }
        #expect(found.files.count == image.expected.count)
        #expect(found.linked == [["a/again", "a/blocks", "h"], ["d", "i"]])
    }

    @Test("unsquashfs lists owners, modes, times and names", .enabled(if: SquashfsReading.hasUnsquashfs))
    func listed() async throws {
        var image = try SquashfsImage()
        try image.add(.init("etc", .directory, permissions: 0o750, owner: 1, group: 70_000, modificationTime: 86_400))
        try image.add(.init("etc/a", .file, permissions: 0o4711, owner: 2, group: 3), content: [1, 2, 3])
        try image.add(.init("etc/b", .symbolicLink("a"), permissions: 0o777))
        let listing = try await SquashfsReading.listing(try image.finish())
        #expect(
            listing == [
                "drwxr-xr-x 0/0 26 2023-11-14 22:13", "drwxr-x--- 1/70000 33 1970-01-02 00:00 /etc",
                "-rws--x--x 2/3 3 1970-01-01 00:00 /etc/a", "lrwxrwxrwx 0/0 1 1970-01-01 00:00 /etc/b -> a",
            ])
    }

    @Test("files with the same digest and size are stored once")
    func duplicates() throws {
        var image = try SquashfsImage()
        let content = SquashfsImage.noise(10_000, seed: 2)
        for name in ["a", "b", "c"] {
            try image.add(.init(name, .file, permissions: 0o644), content: content, digest: [1])
            try image.add(.init("\(name)-small", .file, permissions: 0o644), content: [1, 2, 3], digest: [2])
        }
        try image.add(.init("other", .file, permissions: 0o644), content: [4, 5, 6], digest: [3])
        let octets = try image.finish()
        #expect(image.blocks == 4)
        #expect(octets.count == 12_288)
    }

    @Test("a directory of 20,000 names is found whole and by each name", .enabled(if: SquashfsReading.mounts))
    func largeDirectory() throws {
        var image = try SquashfsImage()
        let names = (0..<20_000).map { "directory/\(String(repeating: "n", count: $0 % 80))\($0)" }
        for (number, name) in names.enumerated() {
            try image.add(
                .init(name, .file, permissions: 0o644, modificationTime: Int64(number)), content: [UInt8(number & 0xFF)]
            )
        }
        try image.add(.init("empty", .directory, permissions: 0o755))
        try SquashfsReading.mounted(try image.finish()) { (root: String) throws in
            #expect(try Files.names(in: "\(root)/directory").count == 20_000)
            #expect(try Files.names(in: "\(root)/empty") == [])
            for (number, name) in names.enumerated() where number % 7 == 0 {
                var status = stat()
                #expect(lstat("\(root)/\(name)", &status) == 0 && status.st_mtim.tv_sec == number, "\(name)")
            }
            #expect(!Files.exists("\(root)/directory/absent"))
        }
    }

    @Test(
        "a directory of 20,000 names is found whole by unsquashfs", .enabled(if: SquashfsReading.hasUnsquashfs))
    func largeListing() async throws {
        var image = try SquashfsImage(isExportable: false)
        for number in 0..<20_000 {
            try image.add(.init("directory/\(number)", .file, permissions: 0o644), content: [UInt8(number & 0xFF)])
        }
        let lines = try await SquashfsReading.listing(try image.finish())
        #expect(lines.count == 20_002)
        #expect(lines.last?.hasSuffix("/directory/9999") == true)
    }

    @Test("a file of 5 GiB of zeros takes no blocks", .enabled(if: SquashfsReading.mounts))
    func largeFile() throws {
        var image = try SquashfsImage(blockSize: 1 << 20)
        let size: UInt64 = 5 << 30 + 12_345
        try image.addZeros("large", size: size)
        try image.add(.init("small", .file, permissions: 0o644), content: [1])
        let octets = try image.finish()
        #expect(image.blocks == 1 && octets.count < 65_536)
        try SquashfsReading.mounted(octets) { (root: String) throws in
            var status = stat()
            #expect(lstat("\(root)/large", &status) == 0 && UInt64(status.st_size) == size && status.st_blocks == 0)
            #expect(try Files.read("\(root)/small") == [1])
        }
    }

    @Test("one added small file moves the borders of few fragment blocks")
    func borders() throws {
        func blocks(without left: Int?) throws -> Set<[UInt8]> {
            var fragments = try SquashfsImage.Blocks(blockSize: 65_536)
            for number in 0..<3000 where number != left {
                try fragments.add("file-\(number)", SquashfsImage.noise(300 + number % 700, seed: UInt64(number)))
            }
            return try fragments.finish()
        }
        let all = try blocks(without: nil)
        let fewer = try blocks(without: 1000)
        #expect(all.count > 30)
        #expect(all.subtracting(fewer).count <= 4)
        // Borders are found from half a block on, so that blocks are not small.
        #expect(all.count { $0.count < 32_768 } <= 1)
    }
}
