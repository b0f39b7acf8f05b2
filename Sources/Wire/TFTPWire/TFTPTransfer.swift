/// The sending side of one transfer: takes what comes in and says what is to be done; no I/O and no clock.
///
/// Blocks are counted from 1 without end; on the wire their number is cut to 16 bits and so goes from 65535 to 0.
public struct TFTPTransfer: Sendable {
    public enum Input: Sendable, Hashable {
        case acknowledgment(block: UInt16)
        /// The client gave up.
        case error(code: TFTPErrorCode, message: String)
        /// The timer that was armed last has run out.
        case timeout
    }

    public enum Action: Sendable, Hashable {
        case sendOptions([TFTPOption])
        /// Send the blocks from `first` on. Block `n` begins at octet `(n - 1) * blockSize`.
        case sendBlocks(first: Int64, count: Int)
        /// Arm the timer anew; the one before is void.
        case arm(milliseconds: Int)
        case finish
        case fail(Failure)
    }

    public enum Failure: Error, Sendable, Hashable {
        /// The client did not answer however often it was sent to.
        case silence
        case refused(code: TFTPErrorCode, message: String)
    }

    private enum State {
        case optionsSent
        case sending
        case over
    }

    public let parameters: TFTPParameters
    /// Octets of the file.
    public let size: Int64
    /// The last block; it is shorter than the others, and empty when the size is a multiple of the block size.
    public let lastBlock: Int64
    /// Times that something was sent again.
    public private(set) var retransmissions = 0

    /// The client has acknowledged something, so it is where it says that it is.
    public private(set) var isHeard = false

    private var state = State.sending
    /// All blocks up to this one are with the client.
    private var acknowledged: Int64 = 0
    /// Up to this one they were sent.
    private var sent: Int64 = 0
    private var silences = 0
    /// The window was sent once more on the client's word; further acknowledgments of the same block change nothing.
    private var hasRepeated = false

    private static let firstTimeout = 1000
    private static let longestTimeout = 8000
    private static let patience = 6
    /// For a client that has not acknowledged anything: who asks under a stranger's address, or asks and is gone, must
    /// not hold a place for long. One that is there will ask again.
    private static let firstPatience = 4

    public init(_ parameters: TFTPParameters, size: Int64) {
        self.parameters = parameters
        self.size = max(0, size)
        lastBlock = self.size / Int64(parameters.blockSize) + 1
    }

    /// Octets that the client has acknowledged.
    public var delivered: Int64 { min(size, acknowledged * Int64(parameters.blockSize)) }

    public var isOver: Bool { state == .over }

    /// The octets of the file that a block carries.
    public func range(of block: Int64) -> Range<Int64> {
        let start = min(size, (block - 1) * Int64(parameters.blockSize))
        return start..<min(size, start + Int64(parameters.blockSize))
    }

    /// The first packets.
    public mutating func start() -> [Action] {
        if parameters.acknowledged.isEmpty { return sendWindow() }
        state = .optionsSent
        return [.sendOptions(parameters.acknowledged), .arm(milliseconds: timeout)]
    }

    public mutating func handle(_ input: Input) -> [Action] {
        guard state != .over else { return [] }
        switch input {
        case .acknowledgment(let block): return acknowledge(block)
        case .error(let code, let message):
            state = .over
            return [.fail(.refused(code: code, message: message))]
        case .timeout: return repeatAfterSilence()
        }
    }

    private mutating func acknowledge(_ block: UInt16) -> [Action] {
        if state == .optionsSent {
            guard block == 0 else { return [] }
            state = .sending
            isHeard = true
            silences = 0
            return sendWindow()
        }
        let progress = Int64(block &- UInt16(truncatingIfNeeded: acknowledged))
        guard progress <= sent - acknowledged else { return [] }
        guard progress > 0 else { return repeatOnWord() }
        // Less than was sent: the rest is sent again now, and more acknowledgments of this block change nothing.
        hasRepeated = progress < sent - acknowledged
        if hasRepeated { retransmissions += 1 }
        acknowledged += progress
        isHeard = true
        silences = 0
        if acknowledged == lastBlock {
            state = .over
            return [.finish]
        }
        return sendWindow()
    }

    /// The client acknowledges once more what it had acknowledged before. With a window of one that is an echo, and to
    /// answer it would double every packet from there on (the sorcerer's apprentice, RFC 1123, section 4.2.3.1). With
    /// a larger one it means that the window's first block was lost (RFC 7440, section 4).
    private mutating func repeatOnWord() -> [Action] {
        guard parameters.windowSize > 1, !hasRepeated, sent > acknowledged else { return [] }
        hasRepeated = true
        retransmissions += 1
        return sendWindow()
    }

    private mutating func repeatAfterSilence() -> [Action] {
        silences += 1
        guard silences < (isHeard ? TFTPTransfer.patience : TFTPTransfer.firstPatience) else {
            state = .over
            return [.fail(.silence)]
        }
        retransmissions += 1
        if state == .optionsSent {
            return [.sendOptions(parameters.acknowledged), .arm(milliseconds: timeout)]
        }
        hasRepeated = false
        return sendWindow()
    }

    private mutating func sendWindow() -> [Action] {
        let end = min(lastBlock, acknowledged + Int64(parameters.windowSize))
        sent = end
        return [
            .sendBlocks(first: acknowledged + 1, count: Int(end - acknowledged)), .arm(milliseconds: timeout),
        ]
    }

    /// Doubles with each silence, once the client was heard.
    private var timeout: Int {
        guard isHeard else { return TFTPTransfer.firstTimeout }
        let first = parameters.timeout.map { $0 * 1000 } ?? TFTPTransfer.firstTimeout
        return min(first << silences, max(first, TFTPTransfer.longestTimeout))
    }
}
