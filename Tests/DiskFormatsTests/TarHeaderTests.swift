import DiskFormats
import MusterBase
import TestSupport
import Testing

@Suite("tar header")
struct TarHeaderTests {
    @Test(
        "every kind of header comes back as it was written",
        arguments: [
            TarHeader.Kind.file, .hardLink, .symbolicLink, .characterDevice, .directory, .fifo, .extended,
            .other(UInt8(ascii: "S")),
        ])
    func roundTrip(_ kind: TarHeader.Kind) throws {
        let header = TarHeader(
            path: "usr/bin/tool", permissions: 0o4755, owner: 3, group: 42, size: 8_000_000_007,
            modificationTime: 1_783_765_000, kind: kind, linkTarget: "other", major: 5, minor: 1)
        #expect(try TarHeader.decode(header.encode()[...]) == header)
    }

    @Test("the fields stand where POSIX puts them")
    func fields() throws {
        let block = try TarHeader(path: "a", permissions: 0o644, size: 5, modificationTime: 8, kind: .file).encode()
        func text(_ range: Range<Int>) -> String { String(decoding: block[range], as: UTF8.self) }
        #expect(block.count == 512)
        #expect(text(0..<2) == "a\0")
        #expect(text(100..<108) == "0000644\0")
        #expect(text(124..<136) == "00000000005\0")
        #expect(text(136..<148) == "00000000010\0")
        #expect(text(156..<157) == "0")
        #expect(text(257..<265) == "ustar\u{0}00")
    }

    @Test("a path of more than 100 octets is split at a slash, and refused where that is not possible")
    func longPath() throws {
        let long = String(repeating: "d", count: 90) + "/" + String(repeating: "f", count: 90)
        let header = TarHeader(path: long, permissions: 0o644, modificationTime: 0, kind: .file)
        #expect(try TarHeader.decode(header.encode()[...])?.path == long)
        let tooLong = TarHeader(
            path: String(repeating: "f", count: 101), permissions: 0o644, modificationTime: 0, kind: .file)
        #expect(throws: MusterError.self) { try tooLong.encode() }
    }

    @Test("a block of zeros ends the archive; a short block and a wrong check sum are refused")
    func wrong() throws {
        #expect(try TarHeader.decode([UInt8](repeating: 0, count: 512)[...]) == nil)
        #expect(throws: MusterError.self) { try TarHeader.decode([UInt8](repeating: 0, count: 511)[...]) }
        var block = try TarHeader(path: "a", permissions: 0o644, modificationTime: 0, kind: .file).encode()
        block[0] = UInt8(ascii: "b")
        #expect(throws: MusterError.self) { try TarHeader.decode(block[...]) }
    }

    @Test("a size in GNU's binary form is read, and one beyond 64 bits refused")
    func binaryNumber() throws {
        let block = try TarHeader(path: "a", permissions: 0o644, modificationTime: 0, kind: .file).encode()
        func decode(_ size: [UInt8]) throws -> TarHeader? {
            var changed = block
            changed.replaceSubrange(124..<136, with: size)
            changed.replaceSubrange(148..<156, with: Array("        ".utf8))
            let sum = changed.reduce(0) { $0 + Int($1) }
            changed.replaceSubrange(148..<154, with: Array(("000000" + String(sum, radix: 8)).suffix(6).utf8))
            return try TarHeader.decode(changed[...])
        }
        #expect(try decode([0x80, 0, 0, 0, 0, 0, 0, 2, 0, 0, 0, 0])?.size == 0x2_0000_0000)
        #expect(throws: MusterError.self) { try decode([0x80, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0]) }
        let huge = try #require(try decode([0x80, 0, 0, 0] + [UInt8](repeating: 0xFF, count: 8)))
        #expect(huge.contentLength == .max)
    }

    @Test("records of an extended header count their own length, also where it gains a digit")
    func records() throws {
        for length in [0, 1, 88, 89, 90, 91, 92, 985, 986, 987, 988] {
            let records = [
                TarRecords.Record(key: "path", value: [UInt8](repeating: UInt8(ascii: "x"), count: length)),
                TarRecords.Record(key: "SCHILY.xattr.user.a", value: [0, 10, 61, 32]),
            ]
            #expect(try TarRecords.decode(TarRecords.encode(records)) == records)
        }
        let known = TarRecords.encode([TarRecords.Record(key: "mtime", value: Array("1".utf8))])
        #expect(known == Array("11 mtime=1\n".utf8))
    }

    @Test(
        "records of a wrong length are refused",
        arguments: ["9 a=b\n", "0 a=b\n", "-6 a=b\n", "x a=b\n", "6 a=bc", "5 ab\n", "99999999999999999999 a=b\n", "6"])
    func wrongRecords(_ text: String) {
        #expect(throws: MusterError.self) { try TarRecords.decode(Array(text.utf8)) }
    }

    @Test("100,000 damaged headers and records are read or refused, and never end the program")
    func damaged() throws {
        let header = try TarHeader(path: "usr/bin/a", permissions: 0o755, modificationTime: 9, kind: .file).encode()
        let records = TarRecords.encode([.init(key: "path", value: Array("usr/bin/a".utf8))])
        var random = SeededGenerator(seed: 2)
        for _ in 0..<100_000 {
            var block = header
            let place = Int.random(in: 0..<512, using: &random)
            let (old, new) = (block[place], UInt8.random(in: 0...255, using: &random))
            block[place] = new
            if place < 148 || place > 155 {
                // The check sum is made right again, so that the other fields are looked at too.
                let sum = 8 * 32 + block[..<148].reduce(0) { $0 + Int($1) } + block[156...].reduce(0) { $0 + Int($1) }
                block.replaceSubrange(148..<154, with: Array(("000000" + String(sum, radix: 8)).suffix(6).utf8))
            }
            _ = (old, try? TarHeader.decode(block[...]).map(\.contentLength))
            var text = records
            text[Int.random(in: 0..<text.count, using: &random)] = UInt8.random(in: 0...255, using: &random)
            _ = try? TarRecords.decode(text)
        }
    }
}
