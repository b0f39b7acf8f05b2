import MusterBase

extension DHCPPacket {
    /// What stands before the options (RFC 2131, section 3): 99, 130, 83, 99.
    static let magicCookie: UInt32 = 0x6382_5363
    /// Octets before the magic cookie.
    static let headerSize = 236

    /// Reads the payload of a UDP datagram.
    ///
    /// A missing end option is forgiven, as several firmwares leave it out. Throws ``MusterError`` with code
    /// `malformed` for a short packet, a wrong `op` or `hlen`, a missing cookie, and options that pass their end.
    public init(decoding datagram: ArraySlice<UInt8>) throws(MusterError) {
        var reader = ByteReader(datagram, of: "DHCP packet")
        let rawOperation = try reader.readInteger(as: UInt8.self)
        guard let operation = Operation(rawValue: rawOperation) else {
            throw MusterError(.malformed, "DHCP packet has op \(rawOperation), which is neither request nor reply")
        }
        self.init(operation, transaction: 0)
        hardwareType = try reader.readInteger()
        hardwareLength = try reader.readInteger()
        guard hardwareLength <= 16 else {
            throw MusterError(.malformed, "DHCP packet has a hardware address of \(hardwareLength) octets, over 16")
        }
        hops = try reader.readInteger()
        transaction = try reader.readInteger()
        seconds = try reader.readInteger()
        flags = try reader.readInteger()
        clientAddress = try reader.readIPv4()
        yourAddress = try reader.readIPv4()
        nextServer = try reader.readIPv4()
        relayAddress = try reader.readIPv4()
        hardwareAddress = (try reader.readInteger(), try reader.readInteger())
        let nameField = try reader.read(64)
        let fileField = try reader.read(128)
        guard try reader.readInteger(as: UInt32.self) == DHCPPacket.magicCookie else {
            throw MusterError(.malformed, "DHCP packet has no magic cookie: plain BOOTP is not served")
        }
        try DHCPPacket.readOptions(reader.readRest(), into: &options, field: "options")
        try readOverloaded(name: nameField, file: fileField)
    }

    public init(decoding datagram: [UInt8]) throws(MusterError) { try self.init(decoding: datagram[...]) }

    /// Takes `file` and `sname` as text, or as more options where option 52 says so (RFC 2132, section 9.3). `file` is
    /// read first (RFC 2131, section 4.1).
    private mutating func readOverloaded(
        name: ArraySlice<UInt8>, file: ArraySlice<UInt8>
    ) throws(MusterError) {
        let overload = options[.overload]
        if let overload, overload.count != 1 || !(1...3).contains(overload.first ?? 0) {
            throw MusterError(.malformed, "DHCP option 52 (overload) must be one octet from 1 to 3")
        }
        let bits = overload?.first ?? 0
        options[.overload] = nil
        if bits & 1 != 0 {
            try DHCPPacket.readOptions(file, into: &options, field: "file")
        } else {
            bootFile = DHCPPacket.text(file)
        }
        if bits & 2 != 0 {
            try DHCPPacket.readOptions(name, into: &options, field: "sname")
        } else {
            serverName = DHCPPacket.text(name)
        }
        options[.overload] = nil
    }

    private static func text(_ field: ArraySlice<UInt8>) -> [UInt8] {
        field.first == 0 ? [] : Array(field.prefix { $0 != 0 })
    }

    private static func readOptions(
        _ field: ArraySlice<UInt8>, into options: inout DHCPOptions, field name: String
    ) throws(MusterError) {
        var index = field.startIndex
        while index < field.endIndex {
            let code = field[index]
            index += 1
            if code == DHCPOptionCode.pad.rawValue { continue }
            if code == DHCPOptionCode.end.rawValue { return }
            guard index < field.endIndex, Int(field[index]) <= field.endIndex - index - 1 else {
                throw MusterError(.malformed, "DHCP option \(code) in \(name) passes the end of the field")
            }
            let start = index + 1
            index = start + Int(field[index])
            options.append(DHCPOptionCode(code), field[start..<index])
        }
    }
}
