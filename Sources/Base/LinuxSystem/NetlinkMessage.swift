import MusterBase

/// One message to the kernel's route netlink (rtnetlink(7)). All numbers are in the machine's order, except where the
/// protocol that they belong to has its own.
struct NetlinkMessage {
    /// Kinds of messages, from linux/rtnetlink.h.
    enum Kind: UInt16 {
        case newLink = 16
        case getLink = 18
        case newAddress = 20
        case deleteAddress = 21
        case getAddress = 22
        case newRoute = 24
        case deleteRoute = 25
    }

    static let acknowledge: UInt16 = 0x4
    static let dump: UInt16 = 0x300
    static let replace: UInt16 = 0x100
    static let create: UInt16 = 0x400
    static let exclusive: UInt16 = 0x200

    private(set) var bytes: [UInt8]

    init(_ kind: Kind, flags: UInt16, sequence: UInt32) {
        bytes = []
        put(UInt32(0))  // the length, known at the end
        put(kind.rawValue)
        put(flags | 1)  // 1: a request
        put(sequence)
        put(UInt32(0))  // 0: to the kernel
    }

    mutating func put(_ value: some FixedWidthInteger) { withUnsafeBytes(of: value) { bytes.append(contentsOf: $0) } }

    /// An attribute: length, kind, content, filled up to four octets.
    mutating func attribute(_ kind: UInt16, _ content: [UInt8]) {
        put(UInt16(4 + content.count))
        put(kind)
        bytes.append(contentsOf: content)
        while bytes.count % 4 != 0 { bytes.append(0) }
    }

    mutating func attribute(_ kind: UInt16, number: UInt32) {
        attribute(kind, withUnsafeBytes(of: number) { Array($0) })
    }

    /// The message with its length in place.
    var finished: [UInt8] {
        var result = bytes
        withUnsafeBytes(of: UInt32(bytes.count)) { result.replaceSubrange(0..<4, with: $0) }
        return result
    }
}

/// What the kernel answered: messages one behind the other in one datagram.
struct NetlinkReply {
    let kind: UInt16
    let sequence: UInt32
    let payload: ArraySlice<UInt8>

    static let done: UInt16 = 3
    static let error: UInt16 = 2

    /// Cuts a datagram into its messages; what is short or broken at the end is left out.
    static func parse(_ datagram: ArraySlice<UInt8>) -> [NetlinkReply] {
        var replies: [NetlinkReply] = []
        var rest = datagram
        while rest.count >= 16 {
            let length = Int(native(rest, 0, UInt32.self))
            guard length >= 16, length <= rest.count else { break }
            replies.append(
                NetlinkReply(
                    kind: native(rest, 4, UInt16.self), sequence: native(rest, 8, UInt32.self),
                    payload: rest[(rest.startIndex + 16)..<(rest.startIndex + length)]))
            rest = rest.dropFirst((length + 3) & ~3)
        }
        return replies
    }

    /// The attributes that stand behind a fixed part of `offset` octets.
    func attributes(after offset: Int) -> [UInt16: ArraySlice<UInt8>] {
        var found: [UInt16: ArraySlice<UInt8>] = [:]
        var rest = payload.dropFirst(offset)
        while rest.count >= 4 {
            let length = Int(native(rest, 0, UInt16.self))
            guard length >= 4, length <= rest.count else { break }
            found[native(rest, 2, UInt16.self) & 0x3FFF] = rest[(rest.startIndex + 4)..<(rest.startIndex + length)]
            rest = rest.dropFirst((length + 3) & ~3)
        }
        return found
    }
}

/// A number in the machine's order; the caller made sure that it is there.
func native<Number: FixedWidthInteger>(_ bytes: ArraySlice<UInt8>, _ offset: Int, _ type: Number.Type) -> Number {
    var value: Number = 0
    withUnsafeMutableBytes(of: &value) { target in
        for index in 0..<target.count {
            let position = bytes.startIndex + offset + index
            target[index] = position < bytes.endIndex ? bytes[position] : 0
        }
    }
    return value
}
