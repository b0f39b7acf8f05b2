/// Collects octets, numbers in network order.
public struct ByteWriter: Sendable {
    public private(set) var bytes: [UInt8] = []

    public init(reserving capacity: Int = 0) { bytes.reserveCapacity(capacity) }

    public var count: Int { bytes.count }

    public mutating func write(_ octets: some Sequence<UInt8>) { bytes.append(contentsOf: octets) }

    public mutating func writeInteger<Number: FixedWidthInteger>(_ value: Number) {
        withUnsafeBytes(of: value.bigEndian) { bytes.append(contentsOf: $0) }
    }

    public mutating func write(_ address: IPv4Address) { writeInteger(address.rawValue) }

    public mutating func writeZeros(_ count: Int) { bytes.append(contentsOf: repeatElement(0, count: max(0, count))) }

    /// Fills with zeros up to the next multiple of `alignment`.
    public mutating func align(to alignment: Int) {
        writeZeros((alignment - bytes.count % alignment) % alignment)
    }
}
