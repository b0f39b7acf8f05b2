import MusterBase

extension TFTPPacket {
    /// Throws `malformed` for anything that is not one whole packet. Longer texts than any client sends are refused.
    public init(decoding bytes: ArraySlice<UInt8>) throws(MusterError) {
        var reader = ByteReader(bytes, of: "TFTP packet")
        let code = try reader.readInteger(as: UInt16.self)
        guard let opcode = Opcode(rawValue: code) else {
            throw MusterError(.malformed, "TFTP packet with unknown opcode \(code)")
        }
        switch opcode {
        case .readRequest: self = .readRequest(try TFTPPacket.request(reader.readRest()))
        case .writeRequest: self = .writeRequest(try TFTPPacket.request(reader.readRest()))
        case .data:
            let block = try reader.readInteger(as: UInt16.self)
            self = .data(block: block, payload: reader.readRest())
        case .acknowledgment: self = .acknowledgment(block: try reader.readInteger(as: UInt16.self))
        case .error:
            let code = TFTPErrorCode(rawValue: try reader.readInteger(as: UInt16.self))
            // Some clients leave out the NUL at the end.
            let text = reader.readRest().prefix { $0 != 0 }.prefix(256)
            self = .error(code: code, message: String(decoding: text, as: UTF8.self))
        case .optionAcknowledgment:
            self = .optionAcknowledgment(try TFTPPacket.options(try TFTPPacket.texts(reader.readRest())[...]))
        }
    }

    private static func request(_ bytes: ArraySlice<UInt8>) throws(MusterError) -> TFTPRequest {
        // RFC 2347 allows 512 octets.
        guard bytes.count <= 1024 else { throw MusterError(.malformed, "TFTP request of \(bytes.count) octets") }
        let texts = try texts(bytes)
        guard texts.count >= 2 else { throw MusterError(.malformed, "TFTP request without file name and mode") }
        guard let mode = TFTPMode(rawValue: texts[1].lowercased()) else {
            throw MusterError(.malformed, "TFTP request with unknown mode")
        }
        return TFTPRequest(file: texts[0], mode: mode, options: try options(texts[2...]))
    }

    /// The texts that each end in NUL. Zeros after the last, with which some firmware fills its packets, are left out.
    private static func texts(_ bytes: ArraySlice<UInt8>) throws(MusterError) -> [String] {
        guard bytes.isEmpty || bytes.last == 0 else { throw MusterError(.malformed, "TFTP packet ends inside a text") }
        var texts: [String] = []
        for part in bytes.dropLast().split(separator: 0, omittingEmptySubsequences: false) {
            guard let text = String(validating: part, as: UTF8.self) else {
                throw MusterError(.malformed, "TFTP packet with a text that is not UTF-8")
            }
            texts.append(text)
        }
        while texts.count > 2, texts.last == "" { texts.removeLast() }
        return texts
    }

    private static func options(_ texts: ArraySlice<String>) throws(MusterError) -> [TFTPOption] {
        var options: [TFTPOption] = []
        var index = texts.startIndex
        while index < texts.endIndex {
            guard index + 1 < texts.endIndex else { throw MusterError(.malformed, "TFTP option without value") }
            options.append(TFTPOption(texts[index].lowercased(), texts[index + 1]))
            index += 2
        }
        return options
    }
}
