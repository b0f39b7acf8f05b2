import Glibc
import LinuxSystem
import MusterBase
import TestSupport
import Testing

@Suite("octets at places of files")
struct PlacedOctetsTests {
    @Test("what is written is read again, and less only at the end")
    func whole() throws {
        let directory = try TemporaryDirectory()
        let file = open(directory.path("file"), O_RDWR | O_CREAT, 0o600)
        try #require(file >= 0)
        defer { close(file) }
        let octets = (0..<300_000).map { UInt8(truncatingIfNeeded: $0 &* 7) }
        try PlacedOctets.write(octets, to: file, at: 4096, orSay: "cannot write")
        #expect(try PlacedOctets.read(octets.count, of: file, at: 4096, orSay: "cannot read") == octets)
        #expect(try PlacedOctets.read(10, of: file, at: 0, orSay: "cannot read") == [UInt8](repeating: 0, count: 10))
        #expect(try PlacedOctets.read(100, of: file, at: 4096 + 299_990, orSay: "cannot read") == octets.suffix(10))
        #expect(try PlacedOctets.read(100, of: file, at: 1 << 40, orSay: "cannot read").isEmpty)
    }

    @Test("what the kernel refuses is told in the caller's words, a full disk as such")
    func refused() throws {
        let directory = try TemporaryDirectory()
        try directory.write("text", to: "file")
        let file = open(directory.path("file"), O_RDONLY)
        defer { close(file) }
        let error = #expect(throws: MusterError.self) {
            try PlacedOctets.write([1], to: file, at: 0, orSay: "cannot write the file")
        }
        #expect(error?.message == "cannot write the file")
        let full = open("/dev/full", O_WRONLY)
        defer { close(full) }
        let exhausted = #expect(throws: MusterError.self) {
            try PlacedOctets.write([1], to: full, at: 0, orSay: "cannot write")
        }
        #expect(exhausted?.code == .exhausted)
    }
}
