import MusterBase

// The kernel on the other side of /dev/fuse is of the same machine: numbers are in the order of its processor.

extension ByteReader {
    /// Reads one unsigned number in the order of this machine.
    mutating func readNative<Number: FixedWidthInteger & UnsignedInteger>(
        as type: Number.Type = Number.self
    ) throws(MusterError) -> Number {
        Number(bigEndian: try readInteger())
    }
}

extension ByteWriter {
    /// Writes one number in the order of this machine.
    mutating func writeNative<Number: FixedWidthInteger>(_ value: Number) { writeInteger(value.bigEndian) }
}
