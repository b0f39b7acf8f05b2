import MusterBase

extension TFTPPacket {
    /// The packet as it is sent. NUL inside a text would end it early and is left out.
    public func encoded() -> [UInt8] {
        var writer = ByteWriter(reserving: 64)
        switch self {
        case .readRequest(let request): TFTPPacket.write(.readRequest, request, to: &writer)
        case .writeRequest(let request): TFTPPacket.write(.writeRequest, request, to: &writer)
        case .data(let block, let payload):
            writer.writeInteger(Opcode.data.rawValue)
            writer.writeInteger(block)
            writer.write(payload)
        case .acknowledgment(let block):
            writer.writeInteger(Opcode.acknowledgment.rawValue)
            writer.writeInteger(block)
        case .error(let code, let message):
            writer.writeInteger(Opcode.error.rawValue)
            writer.writeInteger(code.rawValue)
            TFTPPacket.write(message, to: &writer)
        case .optionAcknowledgment(let options):
            writer.writeInteger(Opcode.optionAcknowledgment.rawValue)
            TFTPPacket.write(options, to: &writer)
        }
        return writer.bytes
    }

    private static func write(_ opcode: Opcode, _ request: TFTPRequest, to writer: inout ByteWriter) {
        writer.writeInteger(opcode.rawValue)
        write(request.file, to: &writer)
        write(request.mode.rawValue, to: &writer)
        write(request.options, to: &writer)
    }

    private static func write(_ options: [TFTPOption], to writer: inout ByteWriter) {
        for option in options {
            write(option.name, to: &writer)
            write(option.value, to: &writer)
        }
    }

    private static func write(_ text: String, to writer: inout ByteWriter) {
        writer.write(text.utf8.lazy.filter { $0 != 0 })
        writer.writeZeros(1)
    }
}
