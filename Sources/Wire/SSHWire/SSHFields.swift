import MusterBase

// The data types of RFC 4251, section 5, over the base reader and writer.

extension ByteReader {
    /// `string`: a length in four octets, then that many octets.
    mutating func readSSHString() throws(MusterError) -> ArraySlice<UInt8> {
        try read(Int(try readInteger(as: UInt32.self)))
    }

    /// `string` that holds text in UTF-8.
    mutating func readSSHText(_ what: String) throws(MusterError) -> String {
        guard let text = String(validating: try readSSHString(), as: UTF8.self) else {
            throw MusterError(.malformed, "the \(what) is not UTF-8")
        }
        return text
    }

    /// `mpint` of a number above zero, in its shortest form: the octets without a leading zero.
    mutating func readSSHNumber(_ what: String) throws(MusterError) -> ArraySlice<UInt8> {
        let octets = try readSSHString()
        let isPadded = octets.count > 1 && octets.first == 0 && octets[octets.startIndex + 1] < 0x80
        guard let first = octets.first, first < 0x80, !isPadded, octets.contains(where: { $0 != 0 }) else {
            throw MusterError(.malformed, "the \(what) is not a positive number in its shortest form")
        }
        return first == 0 ? octets.dropFirst() : octets
    }
}

extension ByteWriter {
    mutating func writeSSHString(_ octets: some Collection<UInt8>) {
        writeInteger(UInt32(truncatingIfNeeded: octets.count))
        write(octets)
    }

    mutating func writeSSHText(_ text: String) { writeSSHString(Array(text.utf8)) }

    mutating func writeSSHNumber(_ octets: some Collection<UInt8>) {
        let needsZero = octets.first.map { $0 >= 0x80 } ?? false
        writeSSHString((needsZero ? [0] : []) + Array(octets))
    }
}

/// The octets that `body` writes.
func sshOctets(_ body: (inout ByteWriter) -> Void) -> [UInt8] {
    var writer = ByteWriter()
    body(&writer)
    return writer.bytes
}
