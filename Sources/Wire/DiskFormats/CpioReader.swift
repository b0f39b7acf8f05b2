import MusterBase

/// Reads cpio archives in the "newc" form from untrusted bytes; several archives, one behind the other and with zeros
/// between them, are read as one, as the kernel does. Nothing traps: what is wrong throws ``MusterError`` `malformed`.
///
/// Paths are given cleaned of a leading `/` and `./`; one that has `..` in it is refused. Hard links (several entries
/// with one inode number) are given as they stand: all but one are empty files.
public struct CpioReader: Sendable {
    private let bytes: [UInt8]
    private var offset = 0

    public init(_ bytes: [UInt8]) { self.bytes = bytes }

    /// All entries.
    public static func entries(of bytes: [UInt8]) throws(MusterError) -> [CpioEntry] {
        var reader = CpioReader(bytes)
        var entries: [CpioEntry] = []
        while let entry = try reader.next() { entries.append(entry) }
        return entries
    }

    /// The next entry; nil at the end of the last archive.
    public mutating func next() throws(MusterError) -> CpioEntry? {
        while true {
            while offset < bytes.count, bytes[offset] == 0 { offset += 1 }
            guard offset < bytes.count else { return nil }
            let start = offset
            let header = try readHeader()
            let name = try readName(header.nameSize, at: start)
            let data = try read(Int(header.size), what: "the content of \(name)")
            try align()
            if name == CpioNumber.trailer { continue }
            guard let path = CpioReader.cleaned(name) else {
                // The archive's own root, "." or "/", says nothing of interest.
                continue
            }
            guard let content = header.content(data) else {
                throw MusterError(.malformed, "cpio archive: \(path) is of no known kind")
            }
            guard !path.split(separator: "/").contains("..") else {
                throw MusterError(.malformed, "cpio archive: the path \(path) leaves the archive")
            }
            return CpioEntry(
                path, permissions: UInt16(header.mode & 0o7777), content, owner: header.owner, group: header.group)
        }
    }

    private struct Header {
        var mode: UInt32 = 0
        var owner: UInt32 = 0
        var group: UInt32 = 0
        var size: UInt32 = 0
        var major: UInt32 = 0
        var minor: UInt32 = 0
        var nameSize: UInt32 = 0

        func content(_ data: ArraySlice<UInt8>) -> CpioEntry.Content? {
            switch mode & CpioNumber.kindMask {
            case CpioNumber.directory: .directory
            case CpioNumber.file: .file(Array(data))
            case CpioNumber.symbolicLink: .symbolicLink(String(decoding: data, as: UTF8.self))
            case CpioNumber.characterDevice: .characterDevice(major: major, minor: minor)
            case CpioNumber.blockDevice: .blockDevice(major: major, minor: minor)
            case CpioNumber.fifo: .fifo
            case CpioNumber.socket: .socket
            default: nil
            }
        }
    }

    private mutating func readHeader() throws(MusterError) -> Header {
        let start = offset
        let raw = try read(CpioNumber.headerLength, what: "a header")
        guard raw.starts(with: CpioNumber.magic) else {
            throw MusterError(.malformed, "cpio archive: no 'newc' header at offset \(start)")
        }
        var fields: [UInt32] = []
        for index in 0..<13 {
            let first = raw.startIndex + 6 + index * 8
            var value: UInt32 = 0
            for byte in raw[first..<first + 8] {
                guard let digit = hexDigitValue(byte) else {
                    throw MusterError(.malformed, "cpio archive: a number in the header at offset \(start) is none")
                }
                value = value << 4 | UInt32(digit)
            }
            fields.append(value)
        }
        return Header(
            mode: fields[1], owner: fields[2], group: fields[3], size: fields[6], major: fields[9], minor: fields[10],
            nameSize: fields[11])
    }

    private mutating func readName(_ size: UInt32, at start: Int) throws(MusterError) -> String {
        guard size >= 1, size <= CpioNumber.longestPath + 1 else {
            throw MusterError(.malformed, "cpio archive: a name of \(size) octets at offset \(start)")
        }
        let raw = try read(Int(size), what: "a name")
        guard raw.last == 0, !raw.dropLast().contains(0) else {
            throw MusterError(.malformed, "cpio archive: the name at offset \(start) does not end where it should")
        }
        try align()
        return String(decoding: raw.dropLast(), as: UTF8.self)
    }

    private mutating func read(_ count: Int, what: String) throws(MusterError) -> ArraySlice<UInt8> {
        guard count >= 0, count <= bytes.count - offset else {
            throw MusterError(.malformed, "cpio archive ends early in \(what) at offset \(offset)")
        }
        defer { offset += count }
        return bytes[offset..<offset + count]
    }

    private mutating func align() throws(MusterError) { _ = try read((4 - offset % 4) % 4, what: "padding") }

    private static func cleaned(_ name: String) -> String? {
        let parts = name.split(separator: "/").filter { $0 != "." }
        return parts.isEmpty ? nil : parts.joined(separator: "/")
    }
}
