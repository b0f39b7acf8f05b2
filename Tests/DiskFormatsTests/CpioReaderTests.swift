import DiskFormats
import MusterBase
import TestSupport
import Testing

@Suite("cpio reader")
struct CpioReaderTests {
    static let everyKind: [CpioEntry] = [
        .directory("dev"),
        CpioEntry("dev/console", permissions: 0o600, .characterDevice(major: 5, minor: 1)),
        CpioEntry("dev/sda", permissions: 0o660, .blockDevice(major: 8, minor: 0), owner: 0, group: 6),
        CpioEntry("dev/pipe", permissions: 0o644, .fifo),
        CpioEntry("dev/log", permissions: 0o666, .socket),
        .symbolicLink("lib", to: "usr/lib"),
        .file("init", Array("program".utf8), permissions: 0o4755),
    ]

    static func archive(_ entries: [CpioEntry]) throws -> [UInt8] {
        var writer = CpioWriter()
        for entry in entries { try writer.append(entry) }
        return writer.finish()
    }

    @Test("every kind of entry comes back as it was written")
    func roundTrip() throws {
        #expect(try CpioReader.entries(of: Self.archive(Self.everyKind)) == Self.everyKind)
    }

    @Test("archives one behind the other, with zeros between, are read as one")
    func concatenated() throws {
        let first = try Self.archive([.file("a", [1])])
        let second = try Self.archive([.file("b", [2])])
        let paths = try CpioReader.entries(of: first + [UInt8](repeating: 0, count: 1024) + second).map(\.path)
        #expect(paths == ["a", "b"])
    }

    @Test("paths of other writers lose their leading ./ and the root itself is passed over")
    func cleaned() throws {
        func header(_ mode: String, _ name: String) -> String {
            let size = hexText(UInt8(name.utf8.count + 1))
            return "070701" + "00000001" + mode + String(repeating: "00000000", count: 9) + "000000\(size)00000000"
        }
        let archive = Array((header("000041ed", ".") + ".\0" + header("000041ed", "./x") + "./x\0\0\0").utf8)
        #expect(try CpioReader.entries(of: archive) == [.directory("x")])
    }

    @Test("an archive cut short anywhere inside an entry is refused")
    func truncated() throws {
        let archive = try Self.archive([.file("a", [1, 2, 3, 4, 5])])
        for length in 1..<(112 + 8) {
            #expect(throws: MusterError.self, "\(length)") { try CpioReader.entries(of: Array(archive[..<length])) }
        }
    }

    @Test("a path with .. is refused")
    func escaping() throws {
        var archive = try Self.archive([.file("aa/b", [])])
        for index in archive.indices.dropLast() where archive[index...].starts(with: Array("aa/b".utf8)) {
            archive.replaceSubrange(index..<index + 2, with: Array("..".utf8))
        }
        #expect(throws: MusterError.self) { try CpioReader.entries(of: archive) }
    }

    @Test("100,000 damaged archives are read or refused, and never end the program")
    func damaged() throws {
        let archive = try Self.archive(Self.everyKind)
        var random = SeededGenerator(seed: 1)
        var refused = 0
        for _ in 0..<100_000 {
            var copy = archive
            for _ in 0..<Int.random(in: 1...4, using: &random) {
                copy[Int.random(in: 0..<copy.count, using: &random)] = UInt8.random(in: 0...255, using: &random)
            }
            if Bool.random(using: &random) { copy.removeLast(Int.random(in: 0..<copy.count, using: &random)) }
            do { _ = try CpioReader.entries(of: copy) } catch { refused += 1 }
        }
        #expect(refused > 1000)
    }
}
