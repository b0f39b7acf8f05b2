import MusterBase
import Testing

@Suite struct ByteTests {
    @Test("numbers come back in network order")
    func roundTrip() throws {
        var writer = ByteWriter()
        writer.writeInteger(UInt8(1))
        writer.writeInteger(UInt16(0x0203))
        writer.writeInteger(UInt32(0x0405_0607))
        writer.writeInteger(UInt64(0x0809_0a0b_0c0d_0e0f))
        #expect(writer.bytes == Array(1...15))
        var reader = ByteReader(writer.bytes, of: "test")
        #expect(try reader.readInteger(as: UInt8.self) == 1)
        #expect(try reader.readInteger(as: UInt16.self) == 0x0203)
        #expect(try reader.readInteger(as: UInt32.self) == 0x0405_0607)
        #expect(try reader.readInteger(as: UInt64.self) == 0x0809_0a0b_0c0d_0e0f)
        #expect(reader.isAtEnd)
    }

    @Test("a read past the end says what is short, and moves nothing")
    func shortRead() throws {
        var reader = ByteReader([1, 2, 3], of: "DHCP packet")
        _ = try reader.read(2)
        let error = #expect(throws: MusterError.self) { try reader.readInteger(as: UInt32.self) }
        #expect(error?.code == .malformed)
        #expect(error?.message == "DHCP packet ends early: 4 octets wanted at offset 2, 1 left")
        #expect(Array(reader.readRest()) == [3])
    }

    @Test("a count that is negative is refused like one that is too large")
    func negativeCount() {
        var reader = ByteReader([1], of: "test")
        #expect(throws: MusterError.self) { try reader.read(-1) }
        #expect(throws: MusterError.self) { try reader.read(.max) }
    }

    @Test("a slice is read from its own start")
    func slice() throws {
        var reader = ByteReader([9, 9, 1, 2][2...], of: "test")
        #expect(try reader.readInteger(as: UInt16.self) == 0x0102)
    }

    @Test("alignment fills with zeros up to the boundary and no further")
    func alignment() {
        var writer = ByteWriter()
        writer.write([1])
        writer.align(to: 4)
        writer.align(to: 4)
        #expect(writer.bytes == [1, 0, 0, 0])
    }

    @Test("hexadecimal text comes back, and odd or foreign digits are refused")
    func hexadecimal() {
        #expect(hexText([0x00, 0xff, 0x1a]) == "00ff1a")
        #expect(hexBytes("00FF1a") == [0x00, 0xff, 0x1a])
        #expect(hexBytes("0") == nil && hexBytes("0g") == nil)
    }
}
