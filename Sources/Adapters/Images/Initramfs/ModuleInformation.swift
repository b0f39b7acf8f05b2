import MusterBase

/// What a kernel module says of itself in the section `.modinfo` of its ELF file: `key=value` texts with zeros between.
package enum ModuleInformation {
    /// The names of the firmware files that a module may ask for, relative to the firmware directory. Throws
    /// ``MusterError`` `malformed` when the file is no 64-bit little-endian ELF file or points outside of itself.
    package static func firmware(ofModule bytes: [UInt8]) throws(MusterError) -> [String] {
        try section(".modinfo", of: bytes).split(separator: 0)
            .map { String(decoding: $0, as: UTF8.self) }
            .filter { $0.hasPrefix("firmware=") }.map { String($0.dropFirst("firmware=".count)) }
    }

    /// The content of a section; empty when there is none. Offsets: ELF-64 Object File Format, version 1.5, figures 2
    /// and 3.
    private static func section(_ name: String, of bytes: [UInt8]) throws(MusterError) -> ArraySlice<UInt8> {
        guard bytes.starts(with: [0x7F, 0x45, 0x4C, 0x46, 2, 1]) else {
            throw MusterError(.malformed, "a kernel module is no 64-bit little-endian ELF file")
        }
        let table = try number(bytes, 0x28, 8)
        let entryLength = try number(bytes, 0x3A, 2)
        let count = try number(bytes, 0x3C, 2)
        guard entryLength >= 64 else { throw MusterError(.malformed, "a kernel module has odd section headers") }
        let names = try content(ofSection: try number(bytes, 0x3E, 2), table, entryLength, bytes)
        for index in 0..<count {
            let header = try place(table, index, entryLength)
            let nameOffset = try number(bytes, header, 4)
            guard nameOffset < names.count else { continue }
            let found = names[(names.startIndex + nameOffset)...].prefix { $0 != 0 }
            if found.elementsEqual(name.utf8) {
                return try content(ofSection: index, table, entryLength, bytes)
            }
        }
        return []
    }

    private static func content(
        ofSection index: Int, _ table: Int, _ entryLength: Int, _ bytes: [UInt8]
    ) throws(MusterError) -> ArraySlice<UInt8> {
        let header = try place(table, index, entryLength)
        let offset = try number(bytes, header + 0x18, 8)
        let size = try number(bytes, header + 0x20, 8)
        guard offset <= bytes.count, size <= bytes.count - offset else {
            throw MusterError(.malformed, "a kernel module has a section outside of the file")
        }
        return bytes[offset..<offset + size]
    }

    private static func place(_ table: Int, _ index: Int, _ entryLength: Int) throws(MusterError) -> Int {
        let (place, overflow) = table.addingReportingOverflow(index * entryLength)
        guard !overflow, place < Int.max / 2 else {
            throw MusterError(.malformed, "a kernel module has section headers outside of the file")
        }
        return place
    }

    private static func number(_ bytes: [UInt8], _ offset: Int, _ width: Int) throws(MusterError) -> Int {
        guard offset >= 0, offset <= bytes.count, width <= bytes.count - offset else {
            throw MusterError(.malformed, "a kernel module ends early")
        }
        let value = bytes[offset..<offset + width].reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
        guard let number = Int(exactly: value) else {
            throw MusterError(.malformed, "a kernel module has a number that is too big")
        }
        return number
    }
}
