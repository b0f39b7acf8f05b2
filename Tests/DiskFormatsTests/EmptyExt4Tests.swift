import DiskFormats
import Glibc
import LinuxSystem
import MusterBase
import TestSupport
import Testing

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

private let checker: String? = ["/usr/sbin/e2fsck", "/sbin/e2fsck"].first { Files.exists($0) }

@Suite("An empty ext4 file system")
struct EmptyExt4Tests {
    private let identifier = [UInt8](1...16)

    @Test(
        "e2fsck finds nothing to mend, whatever the size", .enabled(if: checker != nil, "needs e2fsprogs"),
        arguments: [
            16 << 20, 100 << 20, 128 << 20, (128 << 20) + 4096, (128 << 20) + (3 << 20), 1 << 30, 20 << 30,
        ] as [Int64])
    func checked(size: Int64) async throws {
        let directory = try TemporaryDirectory()
        let path = directory.path("image")
        let handle = try #require(fopen(path, "w"))
        for piece in try EmptyExt4(size: size, identifier: identifier).pieces() {
            fseek(handle, Int(piece.offset), SEEK_SET)
            fwrite(piece.octets, 1, piece.octets.count, handle)
        }
        fclose(handle)
        truncate(path, off_t(size))
        let tool = Tool("e2fsck", candidates: [try #require(checker)], package: nil)
        let result = try await SystemToolRunner().run(tool, ["-f", "-n", path])
        #expect(result.exitCode == 0, "\(result.text)")
    }

    @Test("pieces do not overlap, rise, and lie on the device")
    func pieces() throws {
        let size: Int64 = 700 << 20
        var end: Int64 = 0
        for piece in try EmptyExt4(size: size, identifier: identifier).pieces() {
            #expect(piece.offset >= end)
            end = piece.offset + Int64(piece.octets.count)
        }
        #expect(end <= size)
    }

    @Test(
        "a device that is too small or too large is refused",
        arguments: [0, -1, (16 << 20) - 1, (1 << 40) + 1] as [Int64])
    func refused(size: Int64) {
        #expect(throws: MusterError.self) { try EmptyExt4(size: size, identifier: [UInt8](1...16)) }
    }

    @Test("an identifier has 16 octets")
    func shortIdentifier() {
        #expect(throws: MusterError.self) { try EmptyExt4(size: 64 << 20, identifier: [1]) }
    }
}
