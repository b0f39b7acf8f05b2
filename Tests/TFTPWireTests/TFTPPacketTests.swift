import MusterBase
import TFTPWire
import TestSupport
import Testing

/// A packet as a name and its octets, numbers in hexadecimal and texts in quotes, with NUL written out.
private struct Golden: CustomTestStringConvertible, Sendable {
    let name: String
    let octets: [UInt8]
    let packet: TFTPPacket

    init(_ name: String, _ head: String, _ texts: [String], _ packet: TFTPPacket) {
        self.name = name
        octets = (hexBytes(head) ?? []) + texts.flatMap { Array($0.utf8) + [0] }
        self.packet = packet
    }

    var testDescription: String { name }
}

private let goldens = [
    Golden(
        "plain read request", "0001", ["boot/undionly.kpxe", "octet"],
        .readRequest(TFTPRequest(file: "boot/undionly.kpxe"))),
    Golden(
        "read request of UEFI firmware", "0001",
        ["a.efi", "octet", "tsize", "0", "blksize", "1468", "windowsize", "4"],
        .readRequest(
            TFTPRequest(
                file: "a.efi",
                options: [
                    TFTPOption("tsize", "0"), TFTPOption("blksize", "1468"), TFTPOption("windowsize", "4"),
                ]))),
    Golden("write request", "0002", ["x", "netascii"], .writeRequest(TFTPRequest(file: "x", mode: .netascii))),
    Golden("data", "0003ffff010203", [], .data(block: 65_535, payload: [1, 2, 3])),
    Golden("data without payload", "00030001", [], .data(block: 1, payload: [])),
    Golden("acknowledgment", "00040102", [], .acknowledgment(block: 258)),
    Golden("error", "00050001", ["File not found"], .error(code: .fileNotFound, message: "File not found")),
    Golden(
        "option acknowledgment", "0006", ["blksize", "1468", "tsize", "94720"],
        .optionAcknowledgment([TFTPOption("blksize", "1468"), TFTPOption("tsize", "94720")])),
]

struct TFTPPacketTests {
    @Test("each kind of packet is read from its octets", arguments: goldens)
    private func decodes(_ golden: Golden) throws {
        #expect(try TFTPPacket(decoding: golden.octets[...]) == golden.packet)
    }

    @Test("each kind of packet is written as its octets", arguments: goldens)
    private func encodes(_ golden: Golden) { #expect(golden.packet.encoded() == golden.octets) }

    @Test("mode and names of options are read in either case")
    func readsEitherCase() throws {
        let octets = [0, 1] + Array("f\0OCTET\0BlkSize\u{0}1024\0".utf8)
        let expected = TFTPRequest(file: "f", options: [TFTPOption("blksize", "1024")])
        #expect(try TFTPPacket(decoding: octets[...]) == .readRequest(expected))
    }

    @Test("zeros after the last text are left out")
    func ignoresPadding() throws {
        let octets = [0, 1] + Array("f\0octet\0tsize\u{0}0\0\0\0\0".utf8)
        let expected = TFTPRequest(file: "f", options: [TFTPOption("tsize", "0")])
        #expect(try TFTPPacket(decoding: octets[...]) == .readRequest(expected))
    }

    @Test(
        "what is no whole packet is refused",
        arguments: [
            "", "00", "0000", "0007", "0001", "000166", "00016600", "00016600666f6f00", "00016600" + "6f63746574",
            "0003", "000301", "0004", "000401", "0005", "0006626c6b", "0006626c6b00", "0001ff006f6374657400",
        ])
    func refuses(_ hex: String) {
        #expect(throws: MusterError.self) { try TFTPPacket(decoding: (hexBytes(hex) ?? [])[...]) }
    }

    @Test("an error without NUL at its end is read")
    func readsCutError() throws {
        let octets = [0, 5, 0, 3] + Array("full".utf8)
        #expect(try TFTPPacket(decoding: octets[...]) == .error(code: .diskFull, message: "full"))
    }

    @Test("100,000 random and mutated packets are read or refused")
    func survivesFuzz() {
        var random = SeededGenerator(seed: 69)
        var read = 0
        var same = 0
        for round in 0..<100_000 {
            var octets =
                round % 2 == 0
                ? goldens[Int.random(in: 0..<goldens.count, using: &random)].octets
                : (0..<Int.random(in: 0..<64, using: &random)).map { _ in UInt8.random(in: 0...255, using: &random) }
            for _ in 0..<Int.random(in: 0..<4, using: &random) where !octets.isEmpty {
                let index = Int.random(in: 0..<octets.count, using: &random)
                switch Int.random(in: 0..<3, using: &random) {
                case 0: octets[index] = UInt8.random(in: 0...255, using: &random)
                case 1: octets.removeSubrange(index...)
                default: octets.insert(0, at: index)
                }
            }
            guard let packet = try? TFTPPacket(decoding: octets[...]) else { continue }
            read += 1
            // What was read can be written, and reads the same.
            if (try? TFTPPacket(decoding: packet.encoded()[...])) == packet { same += 1 }
        }
        #expect(same == read && read > 10_000 && read < 100_000)
    }
}
