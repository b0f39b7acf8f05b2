import MusterBase

extension TarHeader {
    /// Reads one block. Nil for a block of zeros, which ends an archive. Throws ``MusterError`` `malformed` when the
    /// block is shorter than 512 octets, its check sum is wrong or a number cannot be read.
    public static func decode(_ block: ArraySlice<UInt8>) throws(MusterError) -> TarHeader? {
        guard block.count == length else { throw MusterError(.malformed, "tar archive ends early in a header") }
        guard block.contains(where: { $0 != 0 }) else { return nil }
        let bytes = Array(block)
        guard try number(bytes, 148, 8, "check sum") == checkSum(bytes) else {
            throw MusterError(.malformed, "tar archive: the check sum of a header is wrong")
        }
        let names = names(in: bytes)
        return TarHeader(
            path: String(decoding: names.path, as: UTF8.self),
            permissions: UInt16(truncatingIfNeeded: try number(bytes, 100, 8, "mode") & 0o7777),
            owner: try number(bytes, 108, 8, "owner"), group: try number(bytes, 116, 8, "group"),
            size: try number(bytes, 124, 12, "size"),
            modificationTime: Int64(truncatingIfNeeded: try number(bytes, 136, 12, "time")),
            kind: Kind(flag: bytes[156]), linkTarget: String(decoding: names.linkTarget, as: UTF8.self),
            major: try number(bytes, 329, 8, "device"), minor: try number(bytes, 337, 8, "device"))
    }

    /// The block in the POSIX form. Throws ``MusterError`` `invalidInput` for what does not fit: a path over 100 octets
    /// that cannot be split, a link target over 100, a number too big; those need an extended header before them, see
    /// ``TarRecords``.
    public func encode() throws(MusterError) -> [UInt8] {
        var block = [UInt8](repeating: 0, count: TarHeader.length)
        let (prefix, name) = try splitPath()
        guard linkTarget.utf8.count <= 100 else {
            throw MusterError(.invalidInput, "the link target \(linkTarget) is too long for a tar header")
        }
        TarHeader.put(name.utf8, in: &block, at: 0)
        try TarHeader.put(UInt64(permissions & 0o7777), in: &block, at: 100, width: 8)
        try TarHeader.put(owner, in: &block, at: 108, width: 8)
        try TarHeader.put(group, in: &block, at: 116, width: 8)
        try TarHeader.put(size, in: &block, at: 124, width: 12)
        try TarHeader.put(UInt64(max(0, modificationTime)), in: &block, at: 136, width: 12)
        block[156] = kind.flag
        TarHeader.put(linkTarget.utf8, in: &block, at: 157)
        TarHeader.put(Array("ustar".utf8) + [0] + Array("00".utf8), in: &block, at: 257)
        try TarHeader.put(major, in: &block, at: 329, width: 8)
        try TarHeader.put(minor, in: &block, at: 337, width: 8)
        TarHeader.put(prefix.utf8, in: &block, at: 345)
        try TarHeader.put(TarHeader.checkSum(block), in: &block, at: 148, width: 8)
        return block
    }

    /// The sum of all octets, those of the sum itself taken as blanks.
    private static func checkSum(_ block: [UInt8]) -> UInt64 {
        var sum: UInt64 = 0
        for (index, byte) in block.enumerated() {
            sum += (148..<156).contains(index) ? UInt64(UInt8(ascii: " ")) : UInt64(byte)
        }
        return sum
    }

    /// The path and the link target as the octets that they are: in a header they are text, what is no UTF-8 replaced.
    ///
    /// - Parameter block: one that ``decode(_:)`` takes.
    public static func names(in block: [UInt8]) -> (path: [UInt8], linkTarget: [UInt8]) {
        func octets(_ offset: Int, _ width: Int) -> ArraySlice<UInt8> {
            block.dropFirst(offset).prefix(width).prefix { $0 != 0 }
        }
        // Only the POSIX form has a prefix there; GNU keeps times in its place ("ustar" and two blanks).
        let isPOSIX = block.dropFirst(257).starts(with: Array("ustar".utf8) + [0])
        let prefix = isPOSIX ? octets(345, 155) : []
        return (Array(prefix + (prefix.isEmpty ? [] : [UInt8(ascii: "/")]) + octets(0, 100)), Array(octets(157, 100)))
    }

    /// Octal digits, blanks before and a blank or zero behind; or, with the first bit set (GNU), a binary number.
    private static func number(
        _ block: [UInt8], _ offset: Int, _ width: Int, _ what: String
    ) throws(MusterError) -> UInt64 {
        let field = block[offset..<offset + width]
        let wrong = MusterError(.malformed, "tar archive: the \(what) in a header is no number")
        var value: UInt64 = 0
        if let first = field.first, first & 0x80 != 0 {
            guard first == 0x80 else { throw wrong }
            for byte in field.dropFirst() {
                guard value >> 56 == 0 else { throw wrong }
                value = value << 8 | UInt64(byte)
            }
            return value
        }
        let isPadding: (UInt8) -> Bool = { $0 == UInt8(ascii: " ") || $0 == 0 }
        let digits = field.drop { $0 == UInt8(ascii: " ") }.prefix { !isPadding($0) }
        for digit in digits {
            guard digit >= UInt8(ascii: "0"), digit <= UInt8(ascii: "7") else { throw wrong }
            value = value << 3 | UInt64(digit - UInt8(ascii: "0"))
        }
        return value
    }

    private static func put(_ bytes: some Sequence<UInt8>, in block: inout [UInt8], at offset: Int) {
        for (index, byte) in bytes.enumerated() { block[offset + index] = byte }
    }

    private static func put(
        _ value: UInt64, in block: inout [UInt8], at offset: Int, width: Int
    ) throws(MusterError) {
        let digits = String(value, radix: 8)
        guard digits.utf8.count < width else {
            throw MusterError(.invalidInput, "the number \(value) is too big for a tar header")
        }
        let padded = String(repeating: "0", count: width - 1 - digits.utf8.count) + digits
        put(padded.utf8, in: &block, at: offset)
    }

    private func splitPath() throws(MusterError) -> (prefix: String, name: String) {
        guard path.utf8.count > 100 else { return ("", path) }
        for slash in path.indices where path[slash] == "/" {
            let (prefix, name) = (path[..<slash], path[path.index(after: slash)...])
            if !name.isEmpty, !prefix.isEmpty, name.utf8.count <= 100, prefix.utf8.count <= 155 {
                return (String(prefix), String(name))
            }
        }
        throw MusterError(.invalidInput, "the path \(path) is too long for a tar header")
    }
}
