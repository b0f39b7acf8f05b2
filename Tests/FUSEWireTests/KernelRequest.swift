import MusterBase

/// What the kernel would write: requests of include/uapi/linux/fuse.h, made by hand.
struct KernelRequest {
    private(set) var octets: [UInt8] = []

    init(_ opcode: UInt32, unique: UInt64 = 7, node: UInt64 = 1, extensions: UInt16 = 0) {
        add(UInt32(0))
        add(opcode)
        add(unique)
        add(node)
        // Owner, group, process.
        for _ in 0..<3 { add(UInt32(0)) }
        add(extensions)
        add(UInt16(0))
    }

    mutating func add(_ number: some FixedWidthInteger) { withUnsafeBytes(of: number) { octets += $0 } }

    mutating func add(_ name: String) { octets += Array(name.utf8) + [0] }

    /// With the right length at its beginning.
    var finished: ArraySlice<UInt8> {
        withUnsafeBytes(of: UInt32(octets.count)) { $0 + octets[4...] }[...]
    }

    static func initialize(major: UInt32 = 7, minor: UInt32 = 45, flags: UInt32 = .max, unique: UInt64 = 1) -> Self {
        var request = KernelRequest(26, unique: unique, node: 0)
        for number in [major, minor, 131_072, flags] { request.add(number) }
        // flags2 and what is not used yet.
        for _ in 0..<12 { request.add(UInt32(0)) }
        return request
    }

    static func read(_ offset: UInt64, _ size: UInt32, node: UInt64 = 2, opcode: UInt32 = 15) -> Self {
        var request = KernelRequest(opcode, node: node)
        request.add(UInt64(0))
        request.add(offset)
        request.add(size)
        for _ in 0..<5 { request.add(UInt32(0)) }
        return request
    }

    static func lookUp(_ name: String, in node: UInt64 = 1) -> Self {
        var request = KernelRequest(1, node: node)
        request.add(name)
        return request
    }

    static func open(flags: UInt32, node: UInt64, opcode: UInt32 = 14) -> Self {
        var request = KernelRequest(opcode, node: node)
        request.add(flags)
        request.add(UInt32(0))
        return request
    }
}

/// A reply, taken apart.
struct KernelReply {
    let length: UInt32
    /// An errno, or 0.
    let error: Int32
    let unique: UInt64
    let payload: [UInt8]

    init?(_ octets: [UInt8]) {
        guard octets.count >= 16 else { return nil }
        length = KernelReply.number(octets, 0)
        error = -KernelReply.number(octets, 4)
        unique = KernelReply.number(octets, 8)
        payload = Array(octets[16...])
    }

    func number<Number: FixedWidthInteger>(_ offset: Int, as type: Number.Type = Number.self) -> Number {
        KernelReply.number(payload, offset)
    }

    private static func number<Number: FixedWidthInteger>(_ octets: [UInt8], _ offset: Int) -> Number {
        octets.withUnsafeBytes { $0.loadUnaligned(fromByteOffset: offset, as: Number.self) }
    }
}
