/// Reads big-endian numbers and runs of octets from untrusted bytes. Every read that would pass the end throws
/// ``MusterError`` with code `malformed`; nothing traps.
public struct ByteReader: Sendable {
    private let bytes: ArraySlice<UInt8>
    /// What is being read, for the error message, such as "DHCP packet".
    private let subject: String
    /// How many octets were read so far.
    public private(set) var offset = 0

    public init(_ bytes: ArraySlice<UInt8>, of subject: String) {
        self.bytes = bytes
        self.subject = subject
    }

    public init(_ bytes: [UInt8], of subject: String) { self.init(bytes[...], of: subject) }

    public var remaining: Int { bytes.count - offset }
    public var isAtEnd: Bool { remaining == 0 }

    public mutating func read(_ count: Int) throws(MusterError) -> ArraySlice<UInt8> {
        guard count >= 0, count <= remaining else {
            throw MusterError(
                .malformed, "\(subject) ends early: \(count) octets wanted at offset \(offset), \(remaining) left")
        }
        defer { offset += count }
        let start = bytes.startIndex + offset
        return bytes[start..<start + count]
    }

    public mutating func skip(_ count: Int) throws(MusterError) { _ = try read(count) }

    public mutating func readRest() -> ArraySlice<UInt8> {
        defer { offset = bytes.count }
        return bytes[(bytes.startIndex + offset)...]
    }

    /// Reads one fixed-width unsigned number in network order.
    public mutating func readInteger<Number: FixedWidthInteger & UnsignedInteger>(
        as type: Number.Type = Number.self
    ) throws(MusterError) -> Number {
        var value: Number = 0
        for byte in try read(Number.bitWidth / 8) {
            value = Number(truncatingIfNeeded: UInt64(truncatingIfNeeded: value) << 8 | UInt64(byte))
        }
        return value
    }

    public mutating func readIPv4() throws(MusterError) -> IPv4Address {
        IPv4Address(rawValue: try readInteger(as: UInt32.self))
    }
}
