import MusterBase

/// How the octets of a file are sent (RFC 1350, section 2).
public enum TFTPMode: String, Sendable, Hashable {
    /// As they are.
    case octet
    /// Text with CR LF at the end of each line.
    case netascii
}

/// One `name`, `value` pair of RFC 2347. Names are compared without regard to case; here they are in lower case.
public struct TFTPOption: Sendable, Hashable {
    public var name: String
    public var value: String

    public init(_ name: String, _ value: String) {
        self.name = name
        self.value = value
    }
}

/// What a read or write request asks for.
public struct TFTPRequest: Sendable, Hashable {
    public var file: String
    public var mode: TFTPMode
    /// In the order sent.
    public var options: [TFTPOption]

    public init(file: String, mode: TFTPMode = .octet, options: [TFTPOption] = []) {
        self.file = file
        self.mode = mode
        self.options = options
    }
}

/// Error codes of RFC 1350, section 5, and RFC 2347.
public struct TFTPErrorCode: RawRepresentable, Sendable, Hashable {
    public var rawValue: UInt16

    public init(rawValue: UInt16) { self.rawValue = rawValue }

    public static let notDefined = TFTPErrorCode(rawValue: 0)
    public static let fileNotFound = TFTPErrorCode(rawValue: 1)
    public static let accessViolation = TFTPErrorCode(rawValue: 2)
    public static let diskFull = TFTPErrorCode(rawValue: 3)
    public static let illegalOperation = TFTPErrorCode(rawValue: 4)
    public static let unknownTransfer = TFTPErrorCode(rawValue: 5)
    public static let optionsRefused = TFTPErrorCode(rawValue: 8)
}

/// A TFTP packet (RFC 1350, section 5; RFC 2347).
public enum TFTPPacket: Sendable, Hashable {
    case readRequest(TFTPRequest)
    case writeRequest(TFTPRequest)
    /// A block of the file. The one that is shorter than the block size is the last.
    case data(block: UInt16, payload: ArraySlice<UInt8>)
    case acknowledgment(block: UInt16)
    case error(code: TFTPErrorCode, message: String)
    case optionAcknowledgment([TFTPOption])

    /// Octets before the payload of a DATA packet.
    public static let dataHeaderLength = 4

    enum Opcode: UInt16 {
        case readRequest = 1
        case writeRequest = 2
        case data = 3
        case acknowledgment = 4
        case error = 5
        case optionAcknowledgment = 6
    }
}
