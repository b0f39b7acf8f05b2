/// Text as mode `netascii` sends it (RFC 764): each LF as CR LF, each CR as CR NUL.
public func netascii(_ bytes: some Sequence<UInt8>) -> [UInt8] {
    var text: [UInt8] = []
    for byte in bytes {
        switch byte {
        case 0x0A: text += [0x0D, 0x0A]
        case 0x0D: text += [0x0D, 0x00]
        default: text.append(byte)
        }
    }
    return text
}
